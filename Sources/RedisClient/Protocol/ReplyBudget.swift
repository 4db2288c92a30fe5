/// The elements and nested arrays that one reply may still have, so that a few bytes of a hostile server cannot take
/// hundreds of megabytes here.
///
/// An array within an array costs some 500 bytes of memory for as little as four bytes on the wire. No script or
/// command of Martlet replies with more than some thousands.
final class ReplyBudget {
    /// The most elements of one reply, in all its arrays together.
    static let maximumElements = 1 << 20
    /// The most arrays within arrays of one reply.
    static let maximumNestedArrays = 1 << 16

    private var elements = 0
    private var nestedArrays = 0

    /// Takes an array of `count` elements from the budget, and returns false where it is not in it.
    ///
    /// `count` is what the header claims: nothing has been allocated for it yet.
    func allows(_ count: Int, isNested: Bool) -> Bool {
        guard count <= Self.maximumElements - elements else { return false }
        elements += count
        nestedArrays += isNested ? 1 : 0
        return nestedArrays <= Self.maximumNestedArrays
    }

    /// Renews the budget for the next reply.
    func renew() {
        elements = 0
        nestedArrays = 0
    }
}
