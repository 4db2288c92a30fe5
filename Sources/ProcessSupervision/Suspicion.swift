/// The suspicion that a job killed its worker, because the dead worker ran it and no other.
///
/// A burial that fails half-way is tried again, and later looks find fewer jobs: some were taken back, and the leases
/// of others ran out. A job that was not alone at the first look is not alone later.
package struct Suspicion {
    private var mayBeAlone = true
    private var latest = 0

    package init() {}

    /// Notes the number of jobs that a look found.
    package mutating func look(found count: Int) {
        if count > 1 { mayBeAlone = false }
        latest = count
    }

    /// True when the dead worker ran one job alone, by all looks so far.
    package var isAlone: Bool { mayBeAlone && latest == 1 }
}
