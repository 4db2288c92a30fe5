/// The decision about a schedule that is due.
package struct Firing: Sendable {
    package enum Decision: Sendable {
        /// The slots are decided, with the job of each slot that is fired; `offset` is in milliseconds.
        case slots(SlotPlan, jobs: [PendingJob], offset: Int)
        /// The schedule stays as it is and is looked at again after this time.
        case hold(Duration)
    }

    package let due: DueSchedule
    package let decision: Decision
    /// The open jobs that were seen finished.
    package let finished: [JobID]
    /// The jobs of the schedule that were seen unfinished and are not among the open ones, because somebody restarted
    /// them.
    package let reopened: [JobID]

    package init(_ due: DueSchedule, _ decision: Decision, finished: [JobID] = [], reopened: [JobID] = []) {
        self.due = due
        self.decision = decision
        self.finished = finished
        self.reopened = reopened
    }

    /// The jobs that the firing puts into the pending list.
    package var jobs: [PendingJob] {
        switch decision {
        case .slots(_, let jobs, _): jobs
        case .hold: []
        }
    }

    /// The delay (ms) with which its last slot is fired at `now`; nil when that slot is not fired.
    package func lateness(at now: Int) -> Int? {
        guard case .slots(let plan, _, let offset) = decision, let last = plan.slots.last, last.isFired else {
            return nil
        }
        return now - last.slot - offset
    }

    /// The firing as `lua/leader/fire.lua` takes it, a JSON object.
    package var json: String {
        var object = JSONObjectText()
        object.append("name", due.name)
        object.append("revision", due.revision ?? "")
        if let slot = due.slot { object.append("slot", slot) }
        if !finished.isEmpty { object.append("finished", finished.map(\.description)) }
        if !reopened.isEmpty { object.append("reopened", reopened.map(\.description)) }
        switch decision {
        case .hold(let time):
            object.append("offset", 0)
            object.append("slots", [JSONObjectText]())
            object.append("hold_ms", time.milliseconds)
        case .slots(let plan, let jobs, let offset):
            object.append("offset", offset)
            if let next = plan.next {
                object.append("next", next)
                object.append("due", next + offset)
            }
            var jobs = jobs[...]
            object.append("slots", plan.slots.map { Self.json($0, $0.isFired ? jobs.popFirst() : nil) })
        }
        return object.text
    }

    private static func json(_ slot: SlotPlan.Slot, _ job: PendingJob?) -> JSONObjectText {
        var object = JSONObjectText()
        object.append("slot", slot.slot)
        switch slot.decision {
        case .skipped(let until, let count, let why):
            object.append("kind", "skipped")
            object.append("why", why)
            object.append("until", until)
            if let count { object.append("count", count) }
        case .fired, .caughtUp:
            object.append("kind", slot.decision == .fired ? "fired" : "caught up")
            object.append("job", job.map { "\($0.id)" } ?? "")
            object.append("entry", job?.entry ?? "")
        }
        return object
    }
}

/// The answer of `lua/leader/fire.lua`.
package enum FireReply: Sendable, Hashable {
    /// One word for each schedule: `fired`, `skipped`, `planned` or `held`; or `stale`, `changed`, `early` or `gone`.
    case decided([String])
    /// Another worker leads now.
    case deposed
    /// Too many jobs wait to be delivered.
    case full
}
