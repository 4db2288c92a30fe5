internal import Martlet

/// Schedules that fire each second, and the oracle of their slots: each is accounted for once, has its one job, and was
/// fired in its time.
struct Clockwork: Sendable {
    /// What came of the slots.
    struct Findings: Sendable {
        var fired = 0
        var skipped = 0
        var refused = 0
        var terms = 0
        /// From the slot, or the last loss of a leader or of Redis since, to its firing, in milliseconds.
        var longestGap = 0
        var violations: [Violation] = []
    }

    let count: Int
    /// Whether the history tells of each loss of a leader, so that it can be said how late a slot may be.
    let isTimed: Bool
    let site: Site

    /// What the names of schedules begin with: those that fire each second, and those that are only operated on.
    static let beginnings = ["second-", "op-"]

    /// Whether it is the id of a schedule's job.
    static func isName(_ text: String) -> Bool {
        beginnings.contains(where: text.hasPrefix) && text.contains(".")
    }

    /// Of a job that returns at once.
    static let payload = #"{"kind":"plain","milliseconds":0}"#

    private var inspector: Inspector { site.client.inspector }
    private var names: [String] { (0..<count).map { "\(Self.beginnings[0])\($0)" } }

    /// One of five lets later slots stand for those that were missed.
    func start() async throws {
        for (number, name) in names.enumerated() {
            try await inspector.setSchedule(
                name,
                ScheduleEdit(
                    cron: "* * * * * *",
                    type: ChaosJob.jobType,
                    payload: Self.payload,
                    options: JobOptions(queue: ChaosClient.queue),
                    catchUp: number.isMultiple(of: 5) ? .latest : .all(limit: 1000),
                    overlap: .allow
                ),
                by: Operator("chaos")
            )
        }
    }

    /// Lets what is late be fired in peace, and has no more slots come.
    func stop() async throws {
        guard count > 0 else { return }
        try await Task.sleep(for: Profile.leaderLease + .seconds(2))
        for name in names { try await inspector.pauseSchedule(name, by: Operator("chaos")) }
    }

    /// Judges all slots, and removes the schedules.
    func check(_ stories: Stories) async throws -> Findings {
        var findings = Findings()
        guard count > 0 else { return findings }
        let losses = isTimed ? (stories.leaderLosses + stories.returns).sorted() : nil
        for name in names {
            guard let record = try await inspector.schedule(name) else {
                findings.violations.append(Violation(.slotsOnce, name, "the schedule is gone"))
                continue
            }
            let ledger = try await ledger(of: name)
            var account = SlotAccount(record, losses: losses)
            for entry in ledger.reversed() { account.add(entry) }
            account.close(jobs: try await jobs(of: name), findings: &findings)
            try await inspector.removeSchedule(name, by: Operator("chaos"))
        }
        return findings
    }

    /// Keys that schedules leave behind, and that no one is the owner of.
    var traces: Set<String> {
        let keys = site.client.store.keys
        return [keys.audit, keys.sequence, keys.news, keys.term, keys.leader, keys.meta(ChaosClient.queue)]
    }

    private func ledger(of name: String) async throws -> [SlotEntry] {
        var entries: [SlotEntry] = []
        while true {
            let page = try await inspector.slots(of: name, offset: entries.count, limit: 500)
            entries += page
            if page.count < 500 { return entries }
        }
    }

    private func jobs(of name: String) async throws -> [JobRecord] {
        var jobs: [JobRecord] = []
        while true {
            let page = try await inspector.jobs(
                schedule: name,
                queue: ChaosClient.queue,
                offset: jobs.count,
                limit: 500
            )
            jobs += page
            if page.count < 500 { return jobs }
        }
    }
}
