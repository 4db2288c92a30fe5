import Foundation
import Martlet
import MartletTesting
import RedisClient
import Testing
import ProcessSupervision

/// `martlet work --processes`: a parent, its worker processes, and what becomes of the jobs of one that dies.
@Suite(.serialized, .timeLimit(.minutes(15)))
struct SupervisorTests {
    private static let yaml = """
        concurrency: 2
        jobs:
          quick: {command: ['true']}
          hold: {command: [sh, -c, 'until [ -e "$STAGE/go" ]; do sleep 0.05; done']}
        """

    @Test func `the processes serve jobs, and SIGTERM ends them all with exit code 0`() async throws {
        try await withStage { stage in
            let parent = try await stage.worker(Self.yaml, "--processes", "2")
            let processes = try await stage.workers(2)
            let id = try await stage.enqueue("quick")
            try await stage.wait(for: id, .successful)
            parent.signal(SIGTERM)
            #expect(try await parent.ended(within: .seconds(60)).status == 0)
            #expect(!processes.contains(where: ProcessTable.isAlive))
            #expect(try await stage.inspector.workers().isEmpty)
        }
    }

    @Test func `a process that is killed is replaced, and its job runs again long before its lease runs out`()
        async throws
    {
        try await withStage { stage in
            _ = try await stage.worker(Self.yaml, "--processes", "2", "--lease", "30s")
            let processes = try await stage.workers(2)
            let id = try await stage.enqueue("hold")
            let holder = try #require(try await stage.wait(for: id, .running).worker)
            let victim = try #require(try await stage.inspector.workers().first { $0.id == holder }?.pid)
            kill(victim, SIGKILL)
            try await eventually("it runs again", within: .seconds(60)) {
                let job = try await stage.record(id)
                return job.state == .running && job.attempt == 2
            }
            let now = try await stage.workers(2)
            #expect(now.subtracting(processes).count == 1)
            try stage.write("", to: "go")
            let job = try await stage.wait(for: id, .successful)
            #expect(job.crashes == 1)
            let log = try await stage.inspector.log(id).entries.map(\.message)
            #expect(log.first == "worker process killed by SIGKILL (crash 1 of 3)")
        }
    }

    @Test func `a job that was not alone at the first try of a burial is not blamed at a later one`() async throws {
        try await withStage { stage in
            let parent = try await stage.worker(Self.yaml, "--processes", "1", "--crash-limit", "1", "--lease", "10m")
            let bystander = try await stage.enqueue("hold")
            let other = try await stage.enqueue("hold")
            for id in [bystander, other] { try await stage.wait(for: id, .running) }
            // A key of another type makes every burial fail, and every claim.
            let suspects: RedisArgument = "martlet:{default}:suspects"
            _ = try await stage.redis.send(RedisCommand("SET", [suspects, "x"]))
            kill(try #require(try await stage.workers(1).first), SIGKILL)
            try await parent.said("its jobs are not taken back yet")
            // Meanwhile somebody else has taken the other job.
            let hash = RedisArgument(stage.jobs.store.keys.job(other))
            _ = try await stage.redis.send(RedisCommand("HSET", [hash, "worker", "somebody"]))
            try stage.write("", to: "go")
            _ = try await stage.redis.send(RedisCommand("DEL", [suspects]))
            let job = try await stage.wait(for: bystander, .successful)
            #expect((job.attempt, job.crashes) == (1, 0))
        }
    }

    @Test func `when the process that leads is killed, another one leads long before its lease runs out`() async throws
    {
        try await withStage { stage in
            _ = try await stage.worker(Self.yaml, "--processes", "2")
            _ = try await stage.workers(2)
            var first: LeaderRecord?
            try await eventually("one leads") {
                first = try await stage.inspector.leader()
                return first != nil
            }
            let leader = try #require(first)
            let victim = try #require(try await stage.inspector.workers().first { $0.id == leader.worker }?.pid)
            // It renews no more, and its lease has an hour left.
            kill(victim, SIGSTOP)
            let hour = RedisArgument(try await stage.inspector.now().milliseconds + 3_600_000)
            let lease: [RedisArgument] = ["martlet:{scheduler}:leader", "lease_ms", 3_600_000, "expires_at", hour]
            _ = try await stage.redis.send(RedisCommand("HSET", lease))
            kill(victim, SIGKILL)
            try await eventually("another one leads", within: .seconds(120)) {
                guard let now = try await stage.inspector.leader() else { return false }
                return now.worker != leader.worker && now.term == leader.term + 1
            }
        }
    }

    @Test func `no process outlives a parent that is killed`() async throws {
        try await withStage { stage in
            let parent = try await stage.worker(Self.yaml, "--processes", "3", "--grace", "500ms")
            let processes = try await stage.workers(3)
            let id = try await stage.enqueue("hold")
            try await stage.wait(for: id, .running)
            parent.signal(SIGKILL)
            try await eventually("all are gone", within: .seconds(60)) {
                !processes.contains(where: ProcessTable.isAlive)
            }
            let job = try await stage.record(id)
            #expect((job.state, job.attempt, job.crashes) == (.waiting, 0, 0))
        }
    }

    @Test func `a second signal kills the processes, and the exit code says so`() async throws {
        try await withStage { stage in
            let parent = try await stage.worker(Self.yaml, "--processes", "2", "--grace", "1h")
            let processes = try await stage.workers(2)
            let id = try await stage.enqueue("hold")
            try await stage.wait(for: id, .running)
            parent.signal(SIGTERM)
            try await parent.said("stopping")
            parent.signal(SIGTERM)
            #expect(try await parent.ended(within: .seconds(60)).status == 1)
            #expect(!processes.contains(where: ProcessTable.isAlive))
        }
    }

    @Test(
        arguments: [
            ("abort", "SIGABRT"), ("kill", "SIGKILL"), ("null", "SIGSEGV"), ("exit", "exit code 70"), ("memory", ""),
        ]
    )
    func `a job that kills its worker ends in error after three times, and all others succeed`(
        type: String,
        reason: String
    ) async throws {
        try await withStage { stage in
            let innocents = try (0..<20).map { _ in try NewJob(type: "innocent", json: "{}") }
            let guilty = try NewJob(type: type, json: "{}")
            _ = try await stage.jobs.enqueue(innocents[..<10] + [guilty] + innocents[10...])
            _ = try stage.start(
                "crash",
                "--redis",
                stage.server.url,
                "--processes",
                "2",
                "--concurrency",
                "30",
                executable: URL(filePath: MartletProcess.martlet).deletingLastPathComponent()
                    .appending(path: "MartletChaos").path,
                // Seconds of work for each death, which a busy machine does not have.
                environment: ["SWIFT_BACKTRACE": "enable=no"]
            )
            let end = try await stage.wait(for: guilty.id, .error)
            // Others ran beside it at its first crash, so that attempt was given back.
            #expect((end.attempt, end.crashes) == (2, 3))
            let error = try #require(end.error)
            #expect(
                error.hasPrefix("killed its worker 3 times: \(reason)") && error.contains(", last worker "),
                "\(error)"
            )
            #expect(try await stage.inspector.log(guilty.id).entries.count == 3)
            for job in innocents {
                let job = try await stage.wait(for: job.id, .successful)
                #expect(job.crashes == 0)
                #expect(job.attempt <= 2)
            }
        }
    }
}

extension Stage {
    /// Waits until so many workers are on the list, and gives their process ids.
    fileprivate func workers(_ count: Int) async throws -> Set<Int32> {
        var processes: Set<Int32> = []
        try await eventually("\(count) workers work") {
            processes = Set(try await inspector.workers().compactMap(\.pid).filter(ProcessTable.isAlive))
            return processes.count == count
        }
        return processes
    }
}
