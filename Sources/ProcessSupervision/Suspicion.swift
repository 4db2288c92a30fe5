/// The suspicion that a job killed its worker: the dead worker ran it and no other.
///
/// A burial that fails half-way is tried again, and the looks of later tries find less: some jobs were taken back, the
/// leases of others ran out. What was not alone at the first look is not alone later.
package struct Suspicion {
    private var mayBeAlone = true
    private var latest = 0

    package init() {}

    /// Takes in how many jobs a look found.
    package mutating func look(found count: Int) {
        if count > 1 { mayBeAlone = false }
        latest = count
    }

    /// As of the last look.
    package var isAlone: Bool { mayBeAlone && latest == 1 }
}
