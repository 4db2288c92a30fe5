import Foundation
import Martlet
import MartletTesting
import Testing
import ProcessSupervision

/// How a worker process ends, and with which exit code.
@Suite(.serialized, .timeLimit(.minutes(15)))
struct SignalTests {
    /// A command that ends when the file `go` is there, and not by SIGTERM.
    ///
    /// The argument of its sleeps is a mark by which its processes are found.
    private struct Stubborn {
        let mark = "0.1\(Int.random(in: 100_000_000...999_999_999))"

        var yaml: String {
            """
            concurrency: 2
            jobs:
              stubborn:
                command: [sh, -c, 'trap "" TERM; echo up; until [ -e "$STAGE/go" ]; do sleep \(mark); done']
            """
        }
    }

    @Test(arguments: [SIGTERM, SIGINT])
    func `an idle worker exits with 0`(signal: Int32) async throws {
        try await withStage { stage in
            let worker = try await stage.worker(Stubborn().yaml)
            worker.signal(signal)
            #expect(try await worker.ended(within: .seconds(60)).status == 0)
        }
    }

    @Test func `a second signal ends the worker and its commands at once`() async throws {
        try await withStage { stage in
            let stubborn = Stubborn()
            let worker = try await stage.worker(stubborn.yaml, "--grace", "60s", "--lease", "1s")
            let id = try await stage.enqueue("stubborn")
            try await eventually("the command runs") { !ProcessTable.marked(stubborn.mark).isEmpty }
            worker.signal(SIGTERM)
            try await worker.said("stopping")
            #expect(worker.isRunning)
            worker.signal(SIGTERM)
            #expect(try await worker.ended(within: .seconds(60)).status == 1)
            try await eventually("the command is dead", within: .seconds(60)) {
                !ProcessTable.marked(stubborn.mark).contains(where: ProcessTable.isAlive)
            }
            try stage.write("", to: "go")
            _ = try await stage.worker(stubborn.yaml, "--lease", "1s")
            let job = try await stage.wait(for: id, .successful)
            #expect(job.attempt == 2)
        }
    }

    @Test func `twenty rolling restarts during a long job cost it no attempt`() async throws {
        try await withStage { stage in
            let stubborn = Stubborn()
            let yaml = stubborn.yaml.replacing(#"trap "" TERM; "#, with: "")
            var worker = try await stage.worker(yaml, "--grace", "50ms")
            let id = try await stage.enqueue("stubborn")
            for round in 1...20 {
                try await stage.wait(for: id, .running)
                worker.signal(SIGTERM)
                let next = try await stage.worker(yaml, "--grace", "50ms")
                #expect(try await worker.ended().status == 0)
                worker = next
                try await eventually("round \(round) gave it back") {
                    try await stage.inspector.attempts(id).count == min(round, 20)
                }
            }
            try await stage.wait(for: id, .running)
            try stage.write("", to: "go")
            let job = try await stage.wait(for: id, .successful)
            #expect(job.attempt == 1)
            #expect(job.crashes == 0)
            let attempts = try await stage.inspector.attempts(id)
            #expect(attempts.map(\.end) == Array(repeating: .released, count: 20))
        }
    }

    @Test func `a Redis that is away for longer than the watchdog allows makes the worker exit with 70`() async throws {
        try await withStage { stage in
            let worker = try await stage.worker(Stubborn().yaml, "--watchdog", "10s")
            let pid = stage.server.pid
            kill(pid, SIGSTOP)
            defer { kill(pid, SIGCONT) }
            let ended = try await worker.ended(within: .seconds(60))
            #expect(ended.status == 70)
            #expect(ended.errors.contains("no claim came through"))
        }
    }
}
