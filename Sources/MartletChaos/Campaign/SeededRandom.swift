internal import MartletTesting

/// Random numbers that are the same for the same seed.
struct SeededRandom: RandomNumberGenerator, Sendable {
    private var random: SplitMix64

    init(seed: UInt64) {
        random = SplitMix64(seed: seed)
    }

    /// Numbers of their own for one part of a run, so that what another part draws does not shift them.
    init(seed: UInt64, part: String) {
        // FNV-1a; Swift's own hashes differ from process to process.
        let own = part.utf8.reduce(seed ^ 0xcbf2_9ce4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
        random = SplitMix64(seed: own)
    }

    mutating func next() -> UInt64 {
        random.next()
    }

    /// True in so many of a thousand cases.
    mutating func hits(perMille: Int) -> Bool {
        Int.random(in: 0..<1000, using: &self) < perMille
    }
}
