internal import MartletScripts
internal import RedisClient

/// A schedule that the leader has to look at.
package struct DueSchedule: Sendable, Hashable {
    package let name: String
    /// Nil when there is no such schedule.
    package let revision: String?
    /// Its next slot; nil when that is to be worked out. Milliseconds, as all times here.
    package let slot: Int?
    package let since: Int
    package let lastSlot: Int?
    /// Jobs of it that nobody has seen finished, where it does not overlap.
    package let open: [JobID]
}

/// What the leader has to do.
package struct DueWork: Sendable {
    package let schedules: [DueSchedule]
    /// Redis's time.
    package let now: Int
    /// Until the next one is due; zero when some are, nil when there is none.
    package let next: Duration?
    /// Drafts that wait to be delivered.
    package let pending: Int
}

/// A schedule as it was read, which anybody may have written.
package struct ReadSchedule: Sendable {
    package let revision: String
    package let schedule: Result<Schedule, JobError>

    /// Whether it fires while a job of it has not finished; also when nobody can say.
    package var overlaps: Bool {
        switch schedule {
        case .success(let schedule): schedule.overlap == .allow
        case .failure: true
        }
    }
}

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
        var fields = ["\"name\":\(JSONText.quoted(due.name))", "\"revision\":\(due.revision ?? "0")"]
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

extension JobStore {
    /// `lua/due`: what the leader has to do now; at most 500 schedules.
    package func due(limit: Int = 500) async throws(JobError) -> DueWork {
        let reply = try await run(.due, on: keys.scheduler, [RedisArgument(limit)])
        let head = reply.rest.prefix(3).compactMap(\.int)
        guard reply.word == "ok", head.count == 3 else { throw reply.malformed() }
        var schedules: [DueSchedule] = []
        for item in reply.rest.dropFirst(3) {
            guard let fields = item.array, fields.count == 6, let name = fields[0].string else {
                throw reply.malformed()
            }
            schedules.append(
                DueSchedule(
                    name: name,
                    revision: fields[1].string,
                    slot: fields[2].int,
                    since: fields[3].int ?? 0,
                    lastSlot: fields[4].int,
                    open: (fields[5].string ?? "").split(separator: " ").compactMap { try? JobID(String($0)) }
                )
            )
        }
        return DueWork(
            schedules: schedules,
            now: head[0],
            next: head[1] < 0 ? nil : .milliseconds(head[1]),
            pending: head[2]
        )
    }

    /// The values of schedules, as they are now. One that is gone is left out.
    package func read(_ names: [String]) async throws(JobError) -> [String: ReadSchedule] {
        let fields = ScheduleField.allCases
        let arguments = [RedisArgument("revision")] + fields.map { RedisArgument($0.rawValue) }
        let replies = try await send(
            names.map { RedisCommand("HMGET", [RedisArgument(keys.schedule($0))] + arguments) }
        )
        var schedules: [String: ReadSchedule] = [:]
        for (name, reply) in zip(names, replies) {
            guard let values = reply.array, values.count == fields.count + 1, let revision = values[0].string else {
                continue
            }
            let texts = Dictionary(uniqueKeysWithValues: zip(fields, values.dropFirst()).map { ($0, $1.string ?? "") })
            do throws(JobError) {
                schedules[name] = ReadSchedule(revision: revision, schedule: .success(try Schedule(name, texts)))
            } catch {
                schedules[name] = ReadSchedule(revision: revision, schedule: .failure(error))
            }
        }
        return schedules
    }

    /// Which of these jobs have finished. One without a hash has, unless no queue has it yet.
    package func finished(_ jobs: [JobID], undelivered: Set<JobID>) async throws(JobError) -> Set<JobID> {
        let states = try await send(jobs.map { RedisCommand("HGET", [RedisArgument(keys.job($0)), "state"]) })
        var finished: Set<JobID> = []
        for (job, reply) in zip(jobs, states) {
            let isFinished = reply.string.map { JobState(rawValue: $0)?.isFinished ?? false }
            if isFinished ?? !undelivered.contains(job) { finished.insert(job) }
        }
        return finished
    }

    /// `lua/fire`: slots that are due → jobs in the outbox, for at most 500 schedules.
    package func fire(_ firings: [Firing], leader: String, term: Int) async throws(JobError) -> FireReply {
        let reply = try await run(
            .fire,
            on: keys.scheduler,
            [RedisArgument(leader), RedisArgument(term)] + firings.map { RedisArgument($0.json) }
        )
        switch reply.word {
        case "ok" where reply.words.count == firings.count: return .decided(reply.words)
        case "deposed": return .deposed
        case "full": return .full
        case "invalid" where reply.words.count == 3: throw .invalid(reply.words[0], reply.words[1], reply.words[2])
        default: throw reply.malformed()
        }
    }

    /// `lua/delivered`: drafts in the outbox → nothing. With why not, for one that no queue will ever take.
    package func delivered(_ drafts: [(sequence: Int64, refusal: String?)]) async throws(JobError) {
        let reply = try await run(
            .delivered,
            on: keys.scheduler,
            drafts.flatMap { [RedisArgument($0.sequence), RedisArgument($0.refusal ?? "")] }
        )
        guard reply.word == "ok" else { throw reply.malformed() }
    }
}
