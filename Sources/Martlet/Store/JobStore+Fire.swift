internal import MartletScripts
internal import RedisClient

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
