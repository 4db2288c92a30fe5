/// Something that Martlet has to reach beside its peers, on Redis's own defaults.
struct PeerGoal {
    /// The goal in words.
    let text: String
    /// The figure of Martlet, in the unit of `bound`.
    let value: Double?
    /// The least that `value` may be, or the most where `isCeiling`.
    let bound: Double?
    var isCeiling = false

    /// The goal, and how far Martlet is.
    var line: String {
        guard let value, let bound else { return "not measured    \(text)" }
        let holds = isCeiling ? value <= bound : value >= bound
        let figures = "\(MarkdownTable.text(value)), \(isCeiling ? "at most" : "at least") \(MarkdownTable.text(bound))"
        return "\(holds ? "holds         " : "does not hold ")  \(text): \(figures)"
    }

    /// All goals with the figures of the table.
    static func all(_ table: PeerTable) -> [PeerGoal] {
        func martlet(_ figure: String) -> Double? { table.median(figure, of: MartletPeer(settings: .defaults).name) }
        func sidekiq(_ figure: String) -> Double? { table.median(figure, of: "Sidekiq") }
        func ceiling(_ figure: String) -> Double? { table.median(figure, of: CeilingPeer(settings: .defaults).name) }
        func atLeast(_ factor: Double, _ value: Double?) -> Double? { value.map { $0 * factor } }
        let one = PeerFigure.drain(1)
        var goals = [
            PeerGoal(
                text: "enqueue, jobs/s, twice Sidekiq's",
                value: martlet(PeerFigure.enqueue),
                bound: atLeast(2, sidekiq(PeerFigure.enqueue))
            ),
            PeerGoal(
                text: "enqueue, jobs/s, 0.6 of redis-benchmark's",
                value: martlet(PeerFigure.enqueue),
                bound: atLeast(0.6, ceiling(PeerFigure.enqueue))
            ),
        ]
        for (beside, median, tail) in [
            ("idle", PeerFigure.startMedian, PeerFigure.startTail),
            ("a core busy", PeerFigure.busyMedian, PeerFigure.busyTail),
        ] {
            goals += [
                PeerGoal(
                    text: "enqueue to start, \(beside), p50, ms, Sidekiq's and 0.1",
                    value: martlet(median),
                    bound: sidekiq(median).map { $0 + 0.1 },
                    isCeiling: true
                ),
                PeerGoal(
                    text: "enqueue to start, \(beside), p99, ms, Sidekiq's",
                    value: martlet(tail),
                    bound: sidekiq(tail),
                    isCeiling: true
                ),
            ]
        }
        goals += [
            PeerGoal(
                text: "drain, 1 process, jobs/s, 4 times Sidekiq's",
                value: martlet(one),
                bound: atLeast(4, sidekiq(PeerFigure.drain(2)))
            ),
            PeerGoal(
                text: "drain, 1 process, jobs/s, 0.8 of the bare loop's",
                value: martlet(one),
                bound: atLeast(0.8, ceiling(one))
            ),
        ]
        for processes in [2, 4] {
            goals.append(
                PeerGoal(
                    text: "drain, \(processes) processes, jobs/s, 0.9 of one's",
                    value: martlet(PeerFigure.drain(processes)),
                    bound: atLeast(0.9, martlet(one))
                )
            )
        }
        goals.append(
            PeerGoal(text: "a waiting job, bytes", value: martlet(PeerFigure.memory), bound: 480, isCeiling: true)
        )
        return goals
    }
}
