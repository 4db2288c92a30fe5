import Martlet
import MartletTesting
import RedisClient
import Testing

@testable import MartletWorker

/// The leader sleeps for up to a minute; what happens within forty seconds was told to it.
@Suite(.serialized, .timeLimit(.minutes(15)))
struct ScheduleBellTests {
    private static let told = Duration.seconds(40)
    private static let everySecond = ScheduleEdit(
        cron: "* * * * * *",
        type: Note.jobType,
        payload: #"{"text":"","number":0}"#
    )
    private static let yearly = ScheduleEdit(cron: "0 0 1 1 *", type: Note.jobType, payload: #"{"text":"","number":0}"#)

    /// Waits until one process listens for what is new about schedules, and gives its connection's number.
    @discardableResult
    private func listening(_ bed: TestBed) async throws -> String {
        var ids: [String] = []
        try await eventually("one listens for schedules") {
            let clients = try await bed.redis.send(RedisCommand("CLIENT", ["LIST"])).string ?? ""
            ids = clients.split(separator: "\n").filter {
                $0.contains("name=martlet-schedules") && $0.contains("cmd=blpop") && $0.contains("flags=b")
            }.compactMap { $0.firstMatch(of: /^id=(\d+)/).map { String($0.output.1) } }
            return ids.count == 1
        }
        return ids[0]
    }

    /// Waits until the leader has worked out when the schedule fires next.
    private func planned(_ bed: TestBed, _ name: String, within limit: Duration = Self.told) async throws {
        let command = RedisCommand("HGET", [RedisArgument(bed.keys.schedule(name)), "slot"])
        try await eventually("\(name) is planned", within: limit) { try await bed.redis.send(command).int != nil }
    }

    /// Gives the leader a schedule of next year, and waits until it has planned that and sleeps: for its minute.
    private func asleep(_ bed: TestBed) async throws {
        try await bed.inspector.setSchedule("yearly", Self.yearly, by: Operator("ada"))
        try await planned(bed, "yearly", within: .seconds(60))
        try await asleepAgain(bed)
    }

    private func asleepAgain(_ bed: TestBed) async throws {
        try await listening(bed)
        try await eventually("nothing is asked of Redis") {
            let before = try await bed.commands()
            try await Task.sleep(for: .milliseconds(200))
            // The question itself is one.
            return try await bed.commands() == before + 1
        }
    }

    @Test func `a sleeping leader hears of a schedule that somebody sets, edits and resumes`() async throws {
        try await withTestBed { bed in
            try await bed.working(.note { _, _ in }) { _ in
                try await asleep(bed)
                try await bed.inspector.setSchedule("set", Self.yearly, by: Operator("ada"))
                try await planned(bed, "set")
                try await asleepAgain(bed)
                try await bed.inspector.pauseSchedule("set", by: Operator("ada"))
                try await bed.inspector.resumeSchedule("set", by: Operator("ada"))
                try await planned(bed, "set")
                try await asleepAgain(bed)
                try await bed.inspector.setSchedule("set", ScheduleEdit(cron: "* * * * * *"), by: Operator("ada"))
                try await bed.wait(for: 1, of: "set", within: Self.told)
            }
        }
    }

    @Test func `a sleeping leader hears of what another process declares`() async throws {
        try await withTestBed { bed in
            try await bed.working(.note { _, _ in }) { leader in
                try await asleep(bed)
                var other = WorkerConfiguration.quick
                other.standsForLeader = false
                try await bed.working(.note { _, _ in }, other, schedules: try .notes("tick")) { _ in
                    try await bed.wait(for: 1, of: "tick", within: Self.told)
                    #expect(try await bed.inspector.leader()?.worker == leader.id)
                }
            }
        }
    }

    @Test func `a job that an operator ran and did not come to deliver is delivered by a sleeping leader`() async throws
    {
        try await withTestBed { bed in
            try await bed.working(.note { _, _ in }) { _ in
                try await asleep(bed)
                let record = try #require(try await bed.inspector.schedule("yearly"))
                let job = try PendingJob(try #require(record.schedule), "run")
                #expect(try await bed.inspector.store.run(record, job) == nil)
                try await eventually("it is delivered", within: Self.told) {
                    try await bed.inspector.job(job.id)?.state == .successful
                }
            }
        }
    }

    /// A token that was on its way then is lost.
    @Test func `a leader that was cut off from its bell looks at once`() async throws {
        try await withTestBed { bed in
            try await bed.working(.note { _, _ in }) { _ in
                try await asleep(bed)
                let connection = try await listening(bed)
                let key = RedisArgument(bed.keys.schedule("yearly"))
                // Nobody rings.
                _ = try await bed.redis.send(RedisCommand("HSET", [key, "cron", "* * * * * *"]))
                _ = try await bed.redis.send(RedisCommand("HINCRBY", [key, "revision", 1]))
                _ = try await bed.redis.send(RedisCommand("HDEL", [key, "slot"]))
                _ = try await bed.redis.send(RedisCommand("ZADD", [RedisArgument(bed.keys.due), 0, "yearly"]))
                _ = try await bed.redis.send(RedisCommand("CLIENT", ["KILL", "ID", RedisArgument(connection)]))
                try await bed.wait(for: 1, of: "yearly", within: Self.told)
            }
        }
    }

    @Test func `who led before listens no more, and a ring comes to who leads`() async throws {
        try await withTestBed { bed in
            var configuration = WorkerConfiguration.quick
            configuration.leaderLease = .seconds(2)
            try await bed.working(.note { _, _ in }, configuration) { first in
                try await listening(bed)
                try await bed.working(.note { _, _ in }, configuration) { second in
                    // On a busy machine there may be no leader at the moment, and then nobody resigns.
                    try await eventually("the second one leads", within: .seconds(60)) {
                        let leader = try await bed.inspector.leader()?.worker
                        if leader == first.id { try await bed.inspector.resignLeader(by: Operator("ada")) }
                        return leader == second.id
                    }
                    try await asleep(bed)
                    try await bed.inspector.setSchedule("tick", Self.everySecond, by: Operator("ada"))
                    try await bed.wait(for: 1, of: "tick", within: Self.told)
                }
            }
        }
    }

    @Test func `the leader sleeps until the next slot, and a minute at the most`() {
        #expect(Scheduler.rest(until: .milliseconds(70), isDelivered: true) == .milliseconds(70))
        #expect(Scheduler.rest(until: .seconds(59), isDelivered: true) == .seconds(59))
        #expect(Scheduler.rest(until: .seconds(3600), isDelivered: true) == .seconds(60))
        #expect(Scheduler.rest(until: nil, isDelivered: true) == .seconds(60))
    }

    @Test func `what could not be delivered is tried again after a second`() {
        #expect(Scheduler.rest(until: nil, isDelivered: false) == .seconds(1))
        #expect(Scheduler.rest(until: .milliseconds(70), isDelivered: false) == .milliseconds(70))
    }
}

@Suite struct ClockLeapTests {
    /// What is seen of Redis's clock and one's own, in milliseconds, one after the other.
    private func seen(_ times: (redis: Int64, own: Int64)...) -> [Bool] {
        var leap = ClockLeap()
        return times.map { leap.isSeen($0.redis, own: $0.own) }
    }

    @Test func `a clock that goes on as fast as one's own has not leapt`() {
        #expect(seen((1_000_000, 50), (1_020_000, 20_040), (1_041_000, 40_900)) == [false, false, false])
    }

    @Test func `one that goes further has leapt, once`() {
        #expect(seen((1_000_000, 50), (4_600_000, 60), (4_600_500, 560)) == [false, true, false])
    }

    @Test func `one that was set back makes nothing late, and the next leap is seen`() {
        #expect(seen((9_000_000, 50), (1_000_000, 60), (1_002_000, 70)) == [false, false, true])
    }
}
