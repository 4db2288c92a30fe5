/// Puts in each mutant, and sees whether a small run catches it.
struct MutantHunt {
    let seed: UInt64
    let only: String
    func run() async throws -> Bool { throw ChaosError("not yet") }
}
