import Foundation
import Logging
import Martlet
import MartletTesting
import MartletWorker
import RedisClient
import Testing

@Suite(.serialized, .timeLimit(.minutes(15)))
struct JobLogTests {
    @Test func `a line and the progress are in Redis while the job still runs`() async throws {
        try await withTestBed { bed in
            let gate = Gate()
            let handlers = JobHandlers.note { _, context in
                context.logger.info("halfway", metadata: ["page": "3", "of": "6"])
                context.progress(0.5, "page 3 of 6")
                try await gate.wait()
            }
            try await bed.working(handlers) { _ in
                let id = try await bed.jobs.enqueue(Note()).id
                try await eventually("the line is there") { try await !bed.log(id).isEmpty }
                let job = try await bed.record(id)
                #expect(job.state == .running)
                #expect(job.progress == #"{"fraction":0.5,"note":"page 3 of 6"}"#)
                let line = try #require(try await bed.log(id).first)
                #expect(line.message == "halfway")
                #expect(line.level == "info")
                #expect(line.attempt == 1)
                #expect(line.fields == ["page": "3", "of": "6"])
                #expect(line.time >= (try #require(job.startedAt)))
                gate.open()
                try await bed.finished(id)
            }
        }
    }

    @Test func `9,000 lines in one go are all kept, in order`() async throws {
        try await withTestBed { bed in
            let job = try await bed.outcome { _, context in
                for number in 0..<9000 { context.logger.info("line \(number)") }
            }
            #expect(job.logCut == 0)
            #expect(try await bed.log(job.id).map(\.message) == (0..<9000).map { "line \($0)" })
        }
    }

    @Test func `of 25,000 lines the last 10,000 are kept, and the first line says how many went`() async throws {
        try await withTestBed { bed in
            let job = try await bed.outcome { _, context in
                for number in 0..<25_000 { context.logger.info("line \(number)") }
            }
            #expect(job.logCut == 15_000)
            let lines = try await bed.log(job.id)
            #expect(try #require(lines.first).message.hasPrefix("15000 earlier lines cut"))
            #expect(lines.dropFirst().map(\.message) == (15_000..<25_000).map { "line \($0)" })
        }
    }

    @Test func `lines that are under way when the log overflows leave no gap in it`() async throws {
        try await withTestBed { bed in
            let gate = Gate()
            let handlers = JobHandlers.note { _, context in
                try await gate.wait()
                for number in 0..<500 { context.logger.info("early \(number)") }
                // Time for the shipper to send them; Redis does not answer yet.
                try await Task.sleep(for: .milliseconds(150))
                for number in 0..<25_000 { context.logger.info("line \(number)") }
            }
            try await bed.working(handlers) { _ in
                let id = try await bed.jobs.enqueue(Note()).id
                try await bed.wait(for: id, .running)
                _ = try await bed.redis.send(RedisCommand("CLIENT", ["PAUSE", "600", "ALL"]))
                gate.open()
                let job = try await bed.finished(id)
                #expect(job.logCut == 15_500)
                #expect(try await bed.log(id).dropFirst().map(\.message) == (15_000..<25_000).map { "line \($0)" })
            }
        }
    }

    @Test func `a log keeps to its bytes as well`() async throws {
        try await withTestBed { bed in
            var configuration = WorkerConfiguration.quick
            configuration.logLimits.bytes = 100_000
            try await bed.working(
                .note { _, context in
                    for number in 0..<1000 { context.logger.info("\(number) \(String(repeating: "x", count: 1000))") }
                },
                configuration
            ) { _ in
                let job = try await bed.finished(try await bed.jobs.enqueue(Note()).id)
                let lines = try await bed.log(job.id)
                #expect(lines.map(\.json.utf8.count).reduce(0, +) < 101_000)
                #expect(lines.count > 80)
                #expect(try #require(lines.last).message.hasPrefix("999 "))
                #expect(job.logCut == 1000 - (lines.count - 1))
            }
        }
    }

    @Test func `lines below the configured level are left out`() async throws {
        try await withTestBed { bed in
            var configuration = WorkerConfiguration.quick
            configuration.logLevel = .warning
            try await bed.working(
                .note { _, context in
                    context.logger.debug("a detail")
                    context.logger.info("a fact")
                    context.logger.warning("a doubt")
                },
                configuration
            ) { _ in
                let id = try await bed.jobs.enqueue(Note()).id
                try await bed.finished(id)
                #expect(try await bed.log(id).map(\.message) == ["a doubt"])
            }
        }
    }

    @Test func `a line of 1 MB is cut, and says so`() async throws {
        try await withTestBed { bed in
            let job = try await bed.outcome { _, context in
                context.logger.info("\(String(repeating: "x", count: 1 << 20))")
            }
            let line = try #require(try await bed.log(job.id).first)
            #expect(line.json.utf8.count < 9000)
            #expect(line.message.hasSuffix("xxx… (1040384 bytes cut)"))
        }
    }

    @Test func `control bytes and repaired UTF-8 come through as valid JSON`() async throws {
        try await withTestBed { bed in
            let message =
                "\u{0}\u{1b}[2J\r\n\t\u{7f}\u{9b}\u{202e}\"\\ " + String(decoding: [0xff, 0x41, 0xc3], as: UTF8.self)
            let job = try await bed.outcome { _, context in
                context.logger.info("\(message)", metadata: ["\u{1b}]8": "\u{0}\"", "list": ["a", "b"]])
            }
            let line = try #require(try await bed.log(job.id).first)
            #expect(line.message == message)
            #expect(line.fields["\u{1b}]8"] == "\u{0}\"")
            #expect(!line.json.utf8.contains { $0 < 0x20 || $0 == 0x7f })
            let object = try JSONSerialization.jsonObject(with: Data(line.json.utf8)) as? [String: Any]
            #expect(object?["message"] as? String == message)
        }
    }

    @Test func `progress outside 0 to 1 is drawn to the nearest`() async throws {
        try await withTestBed { bed in
            let high = try await bed.outcome { _, context in context.progress(7) }
            #expect(high.progress == #"{"fraction":1.0,"note":""}"#)
            let none = try await bed.outcome { _, context in context.progress(-.infinity, "\u{1b}[2J") }
            #expect(none.progress == #"{"fraction":0.0,"note":"\u001b[2J"}"#)
        }
    }

    @Test func `a job that ends has its whole log in Redis`() async throws {
        try await withTestBed { bed in
            try await bed.working(
                .note { note, context in
                    for number in 0..<20 { context.logger.info("line \(number)") }
                },
                .places(20)
            ) { _ in
                let ids = try await bed.jobs.enqueue((0..<50).map { Note(number: $0) }).map(\.id)
                for id in ids {
                    try await bed.finished(id)
                    #expect(try await bed.log(id).count == 20)
                }
            }
        }
    }
}
