import Foundation
import Martlet
import MartletTesting
import RedisClient
import Testing
import ProcessSupervision

/// What waits for a job, follows it, and shows all of it.
@Suite(.serialized, .timeLimit(.minutes(15)))
struct WatchTests {
    private let yaml = """
        jobs:
          good: {command: [sh, -c, "echo hello; sleep 0.3"]}
          bad: {command: ["false"], max_retries: 0}
          twice:
            command: [sh, -c, "n=$MARTLET_ATTEMPT; echo first line of attempt $n; sleep 0.5; echo last; [ $n = 2 ]"]
            max_retries: 1
            backoff: 200ms
          warns: {command: [sh, -c, "echo fine; echo '::warning::thin ice'"]}
        """

    @Test func `waiting ends with the jobs, and its code says how they ended`() async throws {
        try await withStage { stage in
            let worker = try await stage.worker(yaml)
            let good = try await stage.enqueue("good")
            let bad = try await stage.enqueue("bad")
            let both = try await stage.martlet("job", "wait", "\(good)", "\(bad)", "--timeout", "10s")
            #expect(both.status == 1)
            #expect(Set(both.output.split(separator: "\n")) == ["\(good): Successful", "\(bad): Error"])
            let one = try await stage.martlet("job", "wait", "\(good)", "--json")
            #expect((one.status, one.output) == (0, "{\"id\":\"\(good)\",\"state\":\"successful\"}\n"))
            let late = try await stage.enqueue("good", "--in", "1h")
            let cut = try await stage.martlet("job", "wait", "\(late)", "--timeout", "200ms")
            #expect((cut.status, cut.output, cut.errors) == (75, "", "not finished in time: \(late)\n"))
            let none = try await stage.martlet("job", "wait", "default/none")
            #expect((none.status, none.errors) == (3, "there is no job default/none\n"))
            worker.signal(SIGTERM)
        }
    }

    @Test func `a log is followed live, over attempts, and ends with the job`() async throws {
        try await withStage { stage in
            let worker = try await stage.worker(yaml)
            let id = try await stage.enqueue("twice", "--in", "500ms")
            let follow = try stage.start("job", "logs", "-f", "\(id)")
            try await eventually("the first line is stored") { try await stage.inspector.log(id).entries.count > 0 }
            try await eventually("it is shown") { follow.output.contains("first line of attempt 1") }
            let ended = try await follow.ended()
            #expect(ended.status == 0 && ended.errors == "\(id): Successful\n", "\(ended.errors)")
            let messages = ended.output.split(separator: "\n").filter { $0.contains("attempt") || $0.contains("last") }
            #expect(messages.count >= 4 && messages.last?.hasSuffix("last") == true, "\(ended.output)")
            let second = try await stage.martlet("job", "logs", "\(id)", "--attempt", "2")
            #expect(second.output.contains("attempt 2") && !second.output.contains("attempt 1"))
            worker.signal(SIGTERM)
        }
    }

    @Test func `only lines of a level or worse`() async throws {
        try await withStage { stage in
            let worker = try await stage.worker(yaml)
            let id = try await stage.enqueue("warns")
            try await stage.wait(for: id, .warning)
            let all = try await stage.martlet("job", "logs", "\(id)")
            #expect(all.output.contains("fine") && all.output.contains("thin ice"))
            let bad = try await stage.martlet("job", "logs", "\(id)", "--level", "warning")
            #expect(!bad.output.contains("fine") && bad.output.contains("thin ice"))
            let wrong = try await stage.martlet("job", "logs", "\(id)", "--level", "loud")
            #expect(wrong.status == 64 && wrong.errors.contains("warning"))
            worker.signal(SIGTERM)
        }
    }

    @Test func `one screen shows all of a job, and redis-cli the same`() async throws {
        try await withStage { stage in
            let worker = try await stage.worker(yaml)
            let id = try await stage.enqueue("twice", #"{"page":7}"#, "--object", "disk/1")
            try await stage.wait(for: id, .successful)
            worker.signal(SIGTERM)
            let show = try await stage.martlet("job", "show", "\(id)", "--show-redis")
            for text in [
                "job:          \(id)\n", "type:         twice\n", "status:       Successful\n",
                "object:       disk/1\n",
                "payload:      {\n", "\"page\": 7", "waited:       ", "ran:          ", "attempt:      2\n",
                "keys:         'martlet:{default}:job:\(id.local)'\n", "'martlet:{default}:object:disk/1'\n",
                "Attempts that did not succeed\n", "\nLog of the current attempt\n", "\nLog of previous attempts\n",
            ] { #expect(show.output.contains(text), "\(text) in \(show.output)") }
            let lines = show.errors.split(separator: "\n").map(String.init)
            let program = "redis-cli -s \(stage.server.socketPath) --user martlet-viewer"
            #expect(lines.contains("\(program) HGETALL 'martlet:{default}:job:\(id.local)'"))
            // Each is a line that a shell takes, and answers with what was shown.
            let shell = try await stage.start("-ec", lines.joined(separator: "\n"), executable: "/bin/sh").ended()
            #expect(shell.status == 0, "\(shell.errors)")
            for text in ["twice", #"{"page":7}"#, "disk/1", "first line of attempt 1", "first line of attempt 2"] {
                #expect(shell.output.contains(text), "\(text)")
            }
        }
    }

    @Test func `an id may be a beginning that no other has`() async throws {
        try await withStage { stage in
            let id = try await stage.enqueue("x", "--id", "alpha-1")
            _ = try await stage.enqueue("x", "--id", "alpha-2")
            let short = try await stage.martlet("job", "show", "default/alpha-1")
            #expect(short.output.contains("job:          \(id)\n"))
            _ = try await stage.enqueue("x", "--id", "beta-1")
            for arguments in [["job", "show"], ["job", "logs"], ["job", "explain"], ["job", "cancel"]] {
                let two = try await stage.martlet(arguments + ["default/alpha"])
                #expect((two.status, two.output) == (3, ""), "\(arguments)")
                #expect(two.errors.contains("default/alpha is the beginning of more than one id: default/alpha-"))
                let one = try await stage.martlet(arguments + ["default/be"])
                #expect(one.status == 0, "\(arguments): \(one.errors)")
            }
            #expect(try await stage.record(JobID("default/beta-1")).state == .cancelled)
        }
    }
}
