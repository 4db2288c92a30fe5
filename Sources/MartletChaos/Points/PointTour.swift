/// Breaks a worker off at every point that there is: each script before it is sent, after, and after its reply.
struct PointTour {
    let seed: UInt64
    let only: String

    private static let atOnce = 6

    /// - Returns: whether all promises were kept at every point.
    func run() async throws -> Bool {
        let points = FaultPoint.all.filter { only.isEmpty || "\($0)".contains(only) }
        RunCommand.say("\(points.count) points, seed \(seed)")
        var bad = 0
        try await withThrowingTaskGroup(of: (FaultPoint, Campaign.Result).self) { group in
            var rest = points[...]
            for point in rest.prefix(Self.atOnce) { group.addTask { try await visit(point) } }
            rest = rest.dropFirst(Self.atOnce)
            while let (point, result) = try await group.next() {
                if result.violations.isEmpty {
                    RunCommand.say("kept    \(point) (\(result.figures.wallSeconds) s)")
                } else {
                    bad += 1
                    print("BROKEN  \(point)")
                    try Report(profile: "\(point)", seed: seed, result: result).print()
                }
                if let point = rest.popFirst() { group.addTask { try await visit(point) } }
            }
        }
        print("points, seed \(seed): promises kept at \(points.count - bad) of \(points.count)")
        return bad == 0
    }

    private func visit(_ point: FaultPoint) async throws -> (FaultPoint, Campaign.Result) {
        var campaign = Campaign(profile: .point(point), seed: seed)
        campaign.point = point
        return (point, try await campaign.run())
    }
}
