/// Random numbers that are the same for the same seed: SplitMix64.
struct SeededRandom: RandomNumberGenerator, Sendable {
    private var state: UInt64

    init(seed: UInt64) {
        state = seed
    }

    /// Numbers of their own for one part of a run, so that what another part draws does not shift them.
    init(seed: UInt64, part: String) {
        // FNV-1a; Swift's own hashes differ from process to process.
        state = part.utf8.reduce(seed ^ 0xcbf2_9ce4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
    }

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var z = state
        z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
        z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
        return z ^ (z >> 31)
    }

    /// True in so many of a thousand cases.
    mutating func hits(perMille: Int) -> Bool {
        Int.random(in: 0..<1000, using: &self) < perMille
    }
}
