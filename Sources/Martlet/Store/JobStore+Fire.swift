internal import MartletScripts
internal import RedisClient

extension JobStore {
    /// Reads what the leader has to do now, for at most 500 schedules (`lua/leader/due.lua`).
    package func due(limit: Int) async throws(JobError) -> DueWork {
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
                    slot: fields[2].storedNumber,
                    since: fields[3].storedNumber ?? 0,
                    lastSlot: fields[4].storedNumber,
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

    /// Reads the values of schedules as they are now.
    ///
    /// A schedule that does not exist is left out.
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

    /// Reads the states of jobs; nil for a job without a hash.
    ///
    /// A job that is still pending has no hash either.
    package func states(of jobs: [JobID]) async throws(JobError) -> [JobID: JobState?] {
        let states = try await send(jobs.map { RedisCommand("HGET", [RedisArgument(keys.job($0)), "state"]) })
        return Dictionary(zip(jobs, states.map(Self.state))) { first, _ in first }
    }

    /// Reads the states of the open jobs of schedules, and for each schedule the last ten jobs that came to its queue,
    /// with the time (ms) of that, all in one write.
    package func progress(
        of schedules: [(schedule: Schedule, open: [JobID])]
    ) async throws(JobError) -> (states: [JobID: JobState?], latest: [[JobID: Int]]) {
        let open = schedules.flatMap(\.open)
        let replies = try await send(
            open.map { RedisCommand("HGET", [RedisArgument(keys.job($0)), "state"]) }
                + schedules.map { schedule, _ in
                    let key = RedisArgument(keys.fired(by: schedule.name, to: schedule.queue))
                    return RedisCommand("ZRANGE", [key, 0, 9, "REV", "WITHSCORES"])
                }
        )
        let states = Dictionary(zip(open, replies.map(Self.state))) { first, _ in first }
        var latest: [[JobID: Int]] = []
        for (one, reply) in zip(schedules, replies.dropFirst(open.count)) {
            let times = try reply.pairs("ZRANGE").compactMap { local, score -> (JobID, Int)? in
                guard let id = try? JobID(queue: one.schedule.queue, local: local),
                    let time = Double(score).flatMap({ Int(exactly: $0) })
                else { return nil }
                return (id, time)
            }
            latest.append(Dictionary(times) { first, _ in first })
        }
        return (states, latest)
    }

    private static func state(_ reply: RedisValue) -> JobState? { reply.string.flatMap(JobState.init(rawValue:)) }

    /// Decides due slots of at most 500 schedules: slots that are due → jobs in the pending list
    /// (`lua/leader/fire.lua`).
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
        default: throw reply.invalid()
        }
    }

    /// Removes jobs from the pending list, those without a refusal because their queues have them
    /// (`lua/leader/delivered.lua`).
    ///
    /// The refusal is the reason why no queue will ever take the job.
    package func delivered(_ jobs: [(sequence: Int64, refusal: String?)]) async throws(JobError) {
        let reply = try await run(
            .delivered,
            on: keys.scheduler,
            jobs.flatMap { [RedisArgument($0.sequence), RedisArgument($0.refusal ?? "")] }
        )
        guard reply.word == "ok" else { throw reply.malformed() }
    }

    /// Reads the last sequence that a queue was given; nil unless it is beyond all that schedules have given.
    func disowned(by queue: String) async throws(JobError) -> Int64? {
        // Schedules may give more meanwhile, so what they gave is read last.
        let meta = RedisCommand("HGET", [RedisArgument(keys.meta(queue)), "delivered"])
        let mark = StoredNumber.sequence(try await send([meta])[0].string)
        let given = StoredNumber.sequence(
            try await send([RedisCommand("GET", [RedisArgument(keys.sequence)])])[0].string
        )
        return mark > given ? mark : nil
    }
}
