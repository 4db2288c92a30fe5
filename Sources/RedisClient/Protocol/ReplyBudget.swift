/// What one reply may still have of elements and of arrays within arrays, so that a few bytes of a hostile server
/// cannot take hundreds of megabytes here.
///
/// An array within an array costs some 500 bytes of memory for as little as four bytes on the wire. No script or
/// command of ours replies with more than some thousands.
final class ReplyBudget {
    /// More elements than this in one reply, in all its arrays together, are refused.
    static let maximumElements = 1 << 20
    /// More arrays within arrays than this in one reply are refused.
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

    /// Begins with the next reply.
    func renew() {
        elements = 0
        nestedArrays = 0
    }
}
