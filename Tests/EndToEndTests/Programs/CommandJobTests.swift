import Foundation
import Martlet
import MartletTesting
import Testing
import ProcessSupervision

@Suite(.serialized, .timeLimit(.minutes(15)))
struct CommandJobTests {
    private static let yaml = """
        concurrency: 4
        jobs:
          good:
            command: [sh, -c, 'echo hello; echo oops >&2']
          echo:
            command: [cat]
          warns:
            command: [sh, -c, 'echo "::warning::the disk is 91 % full"']
          reports:
            command: [sh, -c, 'echo "::error::account 7 does not add up"; exit 1']
          fails:
            command: [sh, -c, 'echo attempt $MARTLET_ATTEMPT of $MARTLET_JOB_ID; echo on no account >&2; echo >&2; exit 7']
            max_retries: 1
            backoff: 10ms
          missing:
            command: [no-such-program-anywhere]
            max_retries: 0
          slow:
            command: [sleep, '60']
            time_limit: 200ms
            max_retries: 0
          gated:
            command: [sh, -c, 'echo begin $MARTLET_ATTEMPT; while ! [ -e "$STAGE/go$MARTLET_ATTEMPT" ]; do sleep 0.02; done; echo end; [ $MARTLET_ATTEMPT = 2 ]']
            backoff: 10ms
        """

    @Test func `each way a command can end has its status`() async throws {
        try await withStage { stage in
            _ = try await stage.worker(Self.yaml)
            let types = ["good", "warns", "reports", "fails", "missing", "slow"]
            for type in types {
                #expect(try await stage.enqueue(type, "--id", type) == JobID("default/\(type)"))
            }
            for type in types {
                try await eventually("\(type) has finished") {
                    try await stage.record(JobID("default/\(type)")).state.isFinished
                }
            }
            let list = try await stage.martlet("job", "list", "--all", "--json")
            #expect(list.status == 0)
            var statuses: [String: String] = [:]
            var errors: [String: String] = [:]
            for line in list.output.split(separator: "\n") {
                let job = try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
                let type = try #require(job["type"] as? String)
                statuses[type] = job["status"] as? String
                errors[type] = job["error"] as? String
            }
            #expect(
                statuses == [
                    "good": "Successful", "warns": "Warning", "reports": "Error", "fails": "Error", "missing": "Error",
                    "slow": "Error",
                ]
            )
            #expect(errors["fails"] == "exit code 7: on no account")
            #expect(errors["missing"] == "cannot start `no-such-program-anywhere`: No such file or directory")
            #expect(errors["slow"] == "the time limit of 200 ms was exceeded")
            #expect(try await stage.record(JobID("default/reports")).attempt == 1)

            let show = try await stage.martlet("job", "show", "default/fails")
            #expect(show.output.contains("status:       Error"))
            #expect(show.output.contains("attempt:      2"))
            let parts = show.output.split(separator: "Log of previous attempts")
            try #require(parts.count == 2)
            #expect(parts[0].contains("Log of the current attempt"))
            #expect(parts[0].contains("attempt 2 of default/fails"))
            #expect(!parts[0].contains("attempt 1 of default/fails"))
            #expect(parts[1].contains("attempt 1 of default/fails"))

            let logs = try await stage.martlet("job", "logs", "default/good")
            #expect(logs.output.contains("hello"))
            #expect(logs.output.contains("oops stream=stderr"))

            let visible = try await stage.martlet("job", "list")
            #expect(!visible.output.contains("default/good"))
            #expect(visible.output.contains("default/warns"))
        }
    }

    @Test func `logs -f prints lines as they come, over attempts, and ends with the job`() async throws {
        try await withStage { stage in
            _ = try await stage.worker(Self.yaml)
            let id = try await stage.enqueue("gated")
            let follower = try stage.start("job", "logs", "-f", "\(id)")
            try await eventually("the first attempt's line") { follower.output.contains("begin 1") }
            #expect(try await stage.record(id).state == .running)
            try stage.write("", to: "go1")
            try await eventually("the second attempt's line") { follower.output.contains("begin 2") }
            #expect(follower.isRunning)
            try stage.write("", to: "go2")
            let ended = try await follower.ended(within: .seconds(60))
            #expect(ended.status == 0)
            #expect(ended.errors == "\(id): Successful\n")
            let texts = ended.output.split(separator: "\n").map {
                $0.split(separator: " ", omittingEmptySubsequences: true)
            }
            #expect(texts.map { $0[1] } == ["1", "1", "1", "2", "2"])
            #expect(texts.map { $0.dropFirst(3).joined(separator: " ") }[0...1] == ["begin 1", "end"])
        }
    }

    @Test func `redis-cli and the printed script enqueue a job`() async throws {
        try await withStage { stage in
            _ = try await stage.worker(Self.yaml)
            let script = """
                redis-cli -s "$SOCKET" EVAL "$("$MARTLET" script enqueue)" 1 'martlet:{default}' 262144 my-id echo \
                '{"day":"2026-11-23"}' '{"object":"ldap-source/7"}'
                """
            let client = try stage.start(
                "-c",
                script,
                executable: "/bin/sh",
                environment: ["SOCKET": stage.server.socketPath, "MARTLET": MartletProcess.martlet]
            )
            #expect(try await client.ended().output == "ok\nwaiting\n")
            let job = try await stage.wait(for: JobID("default/my-id"), .successful)
            #expect(job.object == "ldap-source/7")
            #expect(try await stage.inspector.log(job.id).entries.map(\.message) == [#"{"day":"2026-11-23"}"#])
        }
    }

    @Test func `the same id twice gives the job that is there`() async throws {
        try await withStage { stage in
            let first = try await stage.martlet("job", "enqueue", "good", "--id", "once", "--json")
            #expect(first.output == #"{"id":"default/once","new":true}"# + "\n")
            let second = try await stage.martlet("job", "enqueue", "good", "--id", "once")
            #expect(second.output == "default/once\n")
            #expect(second.errors.contains("was there already"))
            #expect(second.status == 0)
        }
    }

    @Test func `a restarted job runs again`() async throws {
        try await withStage { stage in
            _ = try await stage.worker(Self.yaml)
            let id = try await stage.enqueue("good")
            try await stage.wait(for: id, .successful)
            let restart = try await stage.martlet("job", "restart", "\(id)")
            #expect(restart.output == "\(id): waiting to run\n")
            try await eventually("it ran again") {
                let job = try await stage.record(id)
                return job.attempt == 2 && job.state == .successful
            }
        }
    }
}
