/// What is to become of a schedule that is due.
package struct Firing: Sendable {
    package enum Decision: Sendable {
        /// Its slots are decided; with the job of each one that is fired.
        case slots(SlotPlan, jobs: [PendingJob], offset: Int)
        /// It stays as it is, and is looked at again so much later.
        case hold(Duration)
    }

    package let due: DueSchedule
    package let decision: Decision
    /// Of its open jobs, those that were seen finished.
    package let finished: [JobID]
    /// Jobs of it that were seen unfinished and are not among the open ones: somebody restarted them.
    package let reopened: [JobID]

    package init(_ due: DueSchedule, _ decision: Decision, finished: [JobID] = [], reopened: [JobID] = []) {
        self.due = due
        self.decision = decision
        self.finished = finished
        self.reopened = reopened
    }

    /// The jobs that it puts into the pending list.
    package var jobs: [PendingJob] {
        switch decision {
        case .slots(_, let jobs, _): jobs
        case .hold: []
        }
    }

    /// How late its last slot is fired at an instant, in milliseconds; nil when it is not fired.
    package func lateness(at now: Int) -> Int? {
        guard case .slots(let plan, _, let offset) = decision, let last = plan.slots.last, last.isFired else {
            return nil
        }
        return now - last.slot - offset
    }

    /// As `lua/fire` takes it.
    package var json: String {
        var fields = ["\"name\":\(JSONText.quoted(due.name))", "\"revision\":\(JSONText.quoted(due.revision ?? ""))"]
        if let slot = due.slot { fields.append("\"slot\":\(slot)") }
        func add(_ name: String, _ jobs: [JobID]) {
            guard !jobs.isEmpty else { return }
            fields.append("\"\(name)\":[\(jobs.map { JSONText.quoted("\($0)") }.joined(separator: ","))]")
        }
        add("finished", finished)
        add("reopened", reopened)
        switch decision {
        case .hold(let time):
            fields.append("\"offset\":0,\"slots\":[],\"hold_ms\":\(time.milliseconds)")
        case .slots(let plan, let jobs, let offset):
            fields.append("\"offset\":\(offset)")
            if let next = plan.next { fields.append("\"next\":\(next),\"due\":\(next + offset)") }
            var jobs = jobs[...]
            let slots = plan.slots.map { Self.json($0, $0.isFired ? jobs.popFirst() : nil) }
            fields.append("\"slots\":[\(slots.joined(separator: ","))]")
        }
        return "{\(fields.joined(separator: ","))}"
    }

    private static func json(_ slot: SlotPlan.Slot, _ job: PendingJob?) -> String {
        switch slot.decision {
        case .skipped(let until, let count, let why):
            let count = count.map { ",\"count\":\($0)" } ?? ""
            return
                "{\"slot\":\(slot.slot),\"kind\":\"skipped\",\"why\":\(JSONText.quoted(why)),\"until\":\(until)\(count)}"
        case .fired, .caughtUp:
            let kind = slot.decision == .fired ? "fired" : "caught up"
            return
                "{\"slot\":\(slot.slot),\"kind\":\"\(kind)\",\"job\":\(JSONText.quoted(job.map { "\($0.id)" } ?? "")),"
                + "\"entry\":\(JSONText.quoted(job?.entry ?? ""))}"
        }
    }
}

/// What fire answered.
package enum FireReply: Sendable, Hashable {
    /// For each schedule `fired`, `skipped`, `planned` or `held`; or `stale`, `changed`, `early` or `gone`.
    case decided([String])
    /// Another worker leads now.
    case deposed
    /// Too much waits to be delivered.
    case full
}
