import Foundation
import Martlet
import MartletTesting
import Testing

/// Workers that are killed, stopped, and told to stop a job.
///
/// No process of a command may be left.
@Suite(.serialized, .timeLimit(.minutes(15)))
struct WorkerDeathTests {
    /// A command that is a tree of processes, and ends at once when the file `go` is there.
    ///
    /// The argument of its sleeps is a mark by which they are found.
    private struct Tree {
        let mark = "300.\(Int.random(in: 100_000_000...999_999_999))"

        var yaml: String {
            """
            concurrency: 2
            jobs:
              tree:
                command: [sh, -c, '[ -e "$STAGE/go" ] && exit 0; echo up; sleep \(mark) & sleep \(mark) & wait']
              quick:
                command: ['true']
            """
        }

        /// Waits until the shell and both of its sleeps run.
        func grown() async throws -> Set<Int32> {
            try await eventually("the tree has grown") { ProcessTable.marked(mark).count == 3 }
            return ProcessTable.marked(mark)
        }
    }

    @Test func `a killed worker leaves no process behind, and another takes its job over`() async throws {
        try await withStage { stage in
            let tree = Tree()
            let first = try await stage.worker(tree.yaml, "--lease", "1s")
            let id = try await stage.enqueue("tree")
            let processes = try await tree.grown()
            try await eventually("its line is in the log") { try await !stage.inspector.log(id).entries.isEmpty }
            first.signal(SIGKILL)
            try await eventually("the whole tree is dead", within: .seconds(60)) {
                !processes.contains(where: ProcessTable.isAlive)
            }
            #expect(try await first.ended().status == -SIGKILL)
            try stage.write("", to: "go")
            _ = try await stage.worker(tree.yaml, "--lease", "1s")
            let job = try await stage.wait(for: id, .successful)
            #expect(job.attempt == 2)
            #expect(job.crashes == 1)
            let log = try await stage.inspector.log(id).entries.map(\.message)
            #expect(log.first == "up")
            #expect(log.contains { $0.hasPrefix("lease lost: worker") })
        }
    }

    @Test func `with a crash limit of one the first crash ends the job in error`() async throws {
        try await withStage { stage in
            let tree = Tree()
            let first = try await stage.worker(tree.yaml, "--lease", "1s", "--crash-limit", "1")
            let id = try await stage.enqueue("tree")
            _ = try await tree.grown()
            first.signal(SIGKILL)
            _ = try await stage.worker(tree.yaml, "--lease", "1s", "--crash-limit", "1")
            let job = try await stage.wait(for: id, .error)
            #expect(job.attempt == 1)
            #expect(job.crashes == 1)
        }
    }

    @Test(arguments: [SIGTERM, SIGINT])
    func `an idle worker that is told to stop exits at once with 0`(signal: Int32) async throws {
        try await withStage { stage in
            let worker = try await stage.worker(Tree().yaml)
            try await stage.wait(for: try await stage.enqueue("quick"), .successful)
            worker.signal(signal)
            #expect(try await worker.ended(within: .seconds(60)).status == 0)
            #expect(try await stage.inspector.workers().isEmpty)
        }
    }

    @Test func `a stopped worker ends the command that outlasts the grace, and gives the job back unspent`()
        async throws
    {
        try await withStage { stage in
            let tree = Tree()
            let first = try await stage.worker(tree.yaml, "--grace", "100ms")
            let id = try await stage.enqueue("tree")
            let processes = try await tree.grown()
            first.signal(SIGTERM)
            #expect(try await first.ended(within: .seconds(60)).status == 0)
            #expect(!processes.contains(where: ProcessTable.isAlive))
            let job = try await stage.record(id)
            #expect(job.state == .waiting)
            #expect(job.attempt == 0)
            #expect(job.crashes == 0)
            try stage.write("", to: "go")
            _ = try await stage.worker(tree.yaml)
            #expect(try await stage.wait(for: id, .successful).attempt == 1)
        }
    }

    @Test func `cancelling a running job kills the whole group of its command`() async throws {
        try await withStage { stage in
            let tree = Tree()
            let worker = try await stage.worker(tree.yaml)
            let id = try await stage.enqueue("tree")
            let processes = try await tree.grown()
            let cancel = try await stage.martlet("job", "cancel", "\(id)")
            #expect(cancel.status == 0)
            #expect(cancel.output.hasPrefix("\(id): running; worker "))
            try await eventually("the whole tree is dead", within: .seconds(60)) {
                !processes.contains(where: ProcessTable.isAlive)
            }
            try await stage.wait(for: id, .cancelled)
            #expect(worker.isRunning)
            let again = try await stage.martlet("job", "cancel", "\(id)")
            #expect(again.status == 3)
            #expect(again.output.isEmpty)
            #expect(again.errors.contains("had finished before (Cancelled)"))
        }
    }

    @Test func `a command that floods its log is bounded in memory, and its log says what was cut`() async throws {
        try await withStage { stage in
            let worker = try await stage.worker(
                """
                concurrency: 2
                jobs:
                  many: {command: ['yes', 'a line of a job that does not stop'], time_limit: 3s, max_retries: 0}
                  long: {command: [head, -c, 300M, /dev/zero], time_limit: 30s, max_retries: 0}
                """
            )
            let many = try await stage.enqueue("many")
            let long = try await stage.enqueue("long")
            var most = 0
            try await eventually("both have finished") {
                most = max(most, ProcessTable.memory(worker.pid))
                guard try await stage.record(many).state.isFinished else { return false }
                return try await stage.record(long).state.isFinished
            }
            #expect(most < 100, "\(most) MiB")
            print("flood: \(most) MiB at most, \(ProcessTable.time(worker.pid)) hundredths of a second of CPU")
            #expect(try await stage.record(many).error == "the time limit of 3 s was exceeded")
            let first = try #require(try await stage.inspector.log(many).entries.first)
            #expect(first.message.contains("earlier lines cut: a log keeps 10000 lines"))
            #expect(try await stage.record(many).logCut > 10_000)
            #expect(try await stage.record(long).state == .successful)
            let lines = try await stage.inspector.log(long).entries
            #expect(lines.count == 1)
            #expect(lines[0].message.hasSuffix("… (314564864 bytes cut)"), "\(lines[0].message.suffix(40))")
        }
    }
}
