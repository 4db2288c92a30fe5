internal import Martlet

extension Doctor {
    /// Checks that schedules fire when they are due, and that programs agree on them.
    func schedules() async throws -> [Diagnosis] {
        var count = 0
        var late: [(name: String, by: Duration)] = []
        var lines: [Diagnosis] = []
        while true {
            let page = try await inspector.schedules(offset: count)
            if page.isEmpty { break }
            count += page.count
            // Slots are decided all the time, so that the time is read after the schedules.
            let now = try await inspector.now()
            for schedule in page {
                if let other = schedule.dispute(now: now) {
                    let text =
                        "programs disagree on schedule \(schedule.name): what worker \(schedule.declaredBy ?? "?") declares "
                        + "holds, since it started last; worker \(other) declares it differently"
                    lines.append(.warning("schedules", text, "stop the older release, or give both the same schedule"))
                }
                if let problem = schedule.problem {
                    let text = "schedule \(schedule.name) can't fire: \(problem)"
                    lines.append(.wrong("schedules", text, "martlet schedule set \(schedule.name) mends it"))
                } else if let ahead = schedule.decidedAhead(now: now) {
                    lines.append(.warning("schedules", ahead.text, ahead.remedy))
                } else if let due = schedule.nextDue, now.duration(since: due) > Self.patience {
                    late.append((schedule.name, now.duration(since: due)))
                }
            }
        }
        guard let worst = late.max(by: { $0.by < $1.by }) else {
            return lines + [.ok("schedules", "\(Self.count(count, "schedule")), none late")]
        }
        let leader = try await inspector.leader()
        let text =
            "\(Self.count(late.count, "schedule")) late, \(worst.name) by \(Moment.span(worst.by)): "
            + (leader.map { "worker \($0.worker) leads" } ?? "no worker leads")
        let remedy = leader == nil ? "start a worker without --no-scheduler" : "see its log, or martlet leader resign"
        return lines + [
            worst.by > .seconds(60) ? .wrong("schedules", text, remedy) : .warning("schedules", text, remedy)
        ]
    }

    /// Checks that the jobs of schedules reach their queues.
    func deliveries() async throws -> [Diagnosis] {
        let pending = try await inspector.pendingJobs()
        var lines: [Diagnosis] = pending.queues.sorted { $0.key < $1.key }.compactMap { queue, jobs in
            let age = now.duration(since: jobs.since)
            guard age > Self.patience else { return nil }
            let text =
                "queue \(queue) has not taken \(Self.count(jobs.jobs, "job")) of schedules for \(Moment.span(age)); at 1000 "
                + "such jobs no schedule fires"
            let remedy = "the log of the worker that leads says why"
            return age > .seconds(60) ? .wrong("schedules", text, remedy) : .warning("schedules", text, remedy)
        }
        if pending.unreadable > 0 {
            let text =
                "the list of jobs on their way from schedules has entries that are no jobs: \(pending.unreadable)"
            let key = inspector.store.keys.pending
            lines.append(.wrong("schedules", text, "look at them with LRANGE \(key) 0 -1, and take them out with LREM"))
        }
        return lines
    }

    /// The lateness of a slot that is normal while a leader is replaced.
    private static let patience = Duration.seconds(5)
}
