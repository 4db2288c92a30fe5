import Foundation
import Martlet
import MartletTesting
import RedisClient
import Testing

/// The questions that a page answers with redis-cli: its lines are run, and say what the `Inspector` says.
@Suite(.serialized, .timeLimit(.minutes(15)))
struct RedisQuestionTests {
    private static let yaml = """
        queues: {mail: 1}
        concurrency: 1
        jobs:
          bill:
            command: [sh, -c, 'echo asking the bank; echo no such account >&2; exit 2']
            queue: mail
            max_retries: 1
            backoff: 10ms
          slow:
            command: [sleep, '60']
            queue: mail
        schedules:
          nightly: {cron: '0 3 * * *', job: bill}
        """

    @Test func `each question is answered by its lines`() async throws {
        try await withStage { stage in
            let (inspector, cli) = (stage.inspector, try RedisCLI(stage))
            let worker = try await arrange(stage)
            let asked = try questions()
            #expect(asked.count == 10)
            func answers(_ number: Int) async throws -> [[String]] {
                var answers: [[String]] = []
                for line in asked[number - 1] { answers.append(try await cli.lines(line)) }
                return answers
            }
            let queue = try #require(try await inspector.queue("mail"))
            let (failed, running) = (
                try await stage.record(JobID("mail/bill-7")), try await stage.record(JobID("mail/bill-8"))
            )

            let waiting = try await answers(1)
            #expect(waiting[0] == ["2"])
            #expect(waiting[1][0] == "bill-9")
            #expect((Int64(waiting[1][1]) ?? 0) + 50_000_000_000_000 == queue.oldestWaiting?.milliseconds)

            let runs = try await answers(2)
            #expect(runs[0][0] == "bill-8")
            #expect(try #require(Int64(runs[0][1])) > running.startedAt?.milliseconds ?? 0)
            #expect(
                runs[1] == [running.worker, running.startedAt.map { "\($0.milliseconds)" }, running.progress ?? ""]
            )

            let known = try await answers(3)
            #expect(known[0].contains("bill") && known[0].contains("exit code 2: no such account"))
            let attempts = try await inspector.attempts(failed.id)
            #expect(
                known[1].count == 2 && known[1].allSatisfy { $0.contains(#""error":"exit code 2: no such account""#) }
            )
            #expect(try known[1].map { try #require(JSONValue($0)?.fields["attempt"]) } == [.integer(1), .integer(2)])
            #expect(attempts.map(\.attempt) == [1, 2])
            #expect(known[2] == (try await inspector.log(failed.id).entries.map(\.json)))
            #expect(known[2].contains { $0.contains("no such account") })

            let errors = try await answers(4)
            #expect(errors[0] == [queue.counts[.error].map { "\($0)" }])
            #expect(errors[0] == ["2"])
            #expect(errors[1] == ["bill-7", failed.finishedAt.map { "\($0.milliseconds)" }])

            #expect(try await answers(5) == [["bill-9", "bill-7"]])
            let pause = try #require(queue.pause)
            #expect(try await answers(6) == [["\(pause.since.milliseconds)", pause.by]])

            // A worker says what it runs with its next heartbeat.
            try await eventually("a heartbeat") { try await inspector.workers().first?.running == 1 }
            let alive = try await answers(7)
            let heard = try #require(try await inspector.workers().first)
            #expect(alive[0][0] == heard.id)
            #expect(alive[1] == ["mail", "\(heard.running)", heard.jobs.joined(separator: " ")])

            let leads = try await answers(8)
            let leader = try #require(try await inspector.leader())
            #expect(leads[0].prefix(2) == [leader.worker, "\(leader.term)"])
            #expect(try #require(Int64(leads[0][2])) >= leader.electedAt.milliseconds)

            let fires = try await answers(9)
            #expect(fires[0] == [try await inspector.schedule("nightly")?.nextDue.map { "\($0.milliseconds)" }])
            #expect(fires[1] == (try await inspector.slots(of: "nightly").map(\.json)))
            #expect(fires[1].count == 1)

            let done = try await answers(10)
            #expect(done[0] == (try await inspector.audit().map(\.json)))
            #expect(done[0].contains { $0.contains("queue pause") })
            worker.signal(SIGKILL)
        }
    }

    /// The lines of each question, in order.
    private func questions() throws -> [[String]] {
        let block = try #require(Page.named("Redis").blocks("sh").dropFirst().first).text
        return block.components(separatedBy: "# ").dropFirst().map { question in
            question.split(separator: "\n").dropFirst().map(String.init)
        }
    }

    /// What the page's lines ask about: bill-7 failed, bill-8 runs, bill-9 waits, first and since the queue is
    /// paused.
    private func arrange(_ stage: Stage) async throws -> MartletProcess {
        let worker = try await stage.worker(Self.yaml)
        func enqueue(_ type: String, _ id: String, _ options: JobOptions) async throws -> JobID {
            try await stage.jobs.enqueue([NewJob(type: type, json: "{}", id: id, options: options)])[0].id
        }
        let about = JobOptions(queue: "mail", maxRetries: 1, backoff: .milliseconds(10), object: "customer/7")
        try await stage.wait(for: try await enqueue("bill", "bill-7", about), .error)
        try await stage.wait(for: try await enqueue("slow", "bill-8", JobOptions(queue: "mail")), .running)
        // One that failed two hours ago.
        for command in [
            RedisCommand("HSET", ["martlet:{mail}:job:bill-1", "type", "bill", "state", "error", "enqueued_at", "1"]),
            RedisCommand(
                "ZADD",
                [
                    "martlet:{mail}:error", RedisArgument(try await stage.inspector.now().milliseconds - 7_200_000),
                    "bill-1",
                ]
            ),
        ] { _ = try await stage.redis.send(command) }
        for arguments in [
            ["queue", "pause", "mail"], ["schedule", "run", "nightly"],
            [
                "job", "enqueue", "bill", "--id", "bill-9", "--queue", "mail", "--priority", "5", "--object",
                "customer/7",
            ],
        ] {
            let ended = try await stage.martlet(arguments)
            #expect(ended.status == 0, "\(arguments): \(ended.errors)")
        }
        try await eventually("the schedule's job has come") {
            try await stage.inspector.counts(queue: "mail")[.waiting] == 2
        }
        return worker
    }
}

extension JSONValue {
    /// Of an object.
    var fields: [String: JSONValue] {
        if case .object(let fields) = self { fields } else { [:] }
    }
}
