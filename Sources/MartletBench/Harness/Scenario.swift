/// Something to be measured.
///
/// A round of it gives the same figures in the same order each time.
protocol Scenario: Sendable {
    static var name: String { get }

    func measure(_ bench: Bench) async throws -> [Measurement]
}

/// What a run is like.
struct Bench: Sendable {
    /// Three minutes for all instead of a quarter of an hour: small numbers, one round, nothing of a million.
    let isQuick: Bool

    /// The one number or the other.
    func size(_ full: Int, quick: Int) -> Int { isQuick ? quick : full }

    static let scenarios: [any Scenario] = [
        EnqueueScenario(), LoneScenario(), DrainScenario(), DurableDrainScenario(), GrowthScenario(), LatencyScenario(),
        LatenessScenario(), IdleScenario(), LogScenario(), CommandScenario(), MemoryScenario(), RetryScenario(),
        MixedScenario(), ArchiveScenario(), SearchScenario(), ReadsScenario(),
    ]
}
