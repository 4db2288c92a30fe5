/// What is to become of a schedule that is due.
package struct Firing: Sendable {
    package let due: DueSchedule
    package let offset: Int
    package let finished: [JobID]
    /// Why it can't go on; then all else is nothing.
    package let disable: String?
    package let plan: SlotPlan?
    /// For each slot of the plan that is fired.
    package let drafts: [Draft]

    package init(_ due: DueSchedule, offset: Int, finished: [JobID], plan: SlotPlan, drafts: [Draft]) {
        (self.due, self.offset, self.finished, self.plan, self.drafts) = (due, offset, finished, plan, drafts)
        disable = nil
    }

    /// Disables the schedule.
    package init(_ due: DueSchedule, disable: String) {
        (self.due, self.disable) = (due, disable)
        (offset, finished, plan, drafts) = (0, [], nil, [])
    }

    /// As the script takes it.
    package var json: String {
        var fields = ["\"name\":\(JSONText.quoted(due.name))", "\"revision\":\(JSONText.quoted(due.revision ?? ""))"]
        fields.append("\"offset\":\(offset)")
        if let slot = due.slot { fields.append("\"slot\":\(slot)") }
        if let disable { fields.append("\"disable\":\(JSONText.quoted(disable))") }
        if let next = plan?.next { fields.append("\"next\":\(next),\"due\":\(next + offset)") }
        if !finished.isEmpty {
            fields.append("\"finished\":[\(finished.map { JSONText.quoted("\($0)") }.joined(separator: ","))]")
        }
        var drafts = drafts[...]
        let slots = (plan?.slots ?? []).map { slot -> String in
            switch slot.decision {
            case .skipped(let until, let count, let why):
                let count = count.map { ",\"count\":\($0)" } ?? ""
                return "{\"slot\":\(slot.slot),\"kind\":\"skipped\",\"why\":\(JSONText.quoted(why)),"
                    + "\"until\":\(until)\(count)}"
            case .fired, .caughtUp:
                let kind = slot.decision == .fired ? "fired" : "caught up"
                let draft = drafts.popFirst()
                return
                    "{\"slot\":\(slot.slot),\"kind\":\"\(kind)\",\"job\":\(JSONText.quoted(draft.map { "\($0.id)" } ?? "")),"
                    + "\"draft\":\(JSONText.quoted(draft?.json ?? ""))}"
            }
        }
        fields.append("\"slots\":[\(slots.joined(separator: ","))]")
        return "{\(fields.joined(separator: ","))}"
    }
}

/// What fire answered.
package enum FireReply: Sendable, Hashable {
    /// For each schedule `fired`, `skipped`, `planned` or `disabled`; or `stale`, `changed`, `early` or `gone`.
    case decided([String])
    /// Another worker leads now.
    case deposed
    /// Too much waits to be delivered.
    case full
}
