/// Breaks off at every point.
struct PointTour {
    let seed: UInt64
    let only: String
    func run() async throws -> Bool { throw ChaosError("not yet") }
}
