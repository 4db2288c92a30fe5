import Martlet
import MartletTesting
import RedisClient
import Testing

extension RedisTests {
    @Suite struct LogScriptTests {
        private func lines(_ numbers: Range<Int>) -> [String] {
            numbers.map { #"{"time":1,"level":"info","attempt":1,"message":"\#($0)"}"# }
        }

        private func messages(_ queue: TestQueue, _ job: ClaimedJob) async throws -> [String] {
            try await queue.logLines(job.id).map { LogEntry($0).message }
        }

        @Test func `lines are appended in their order, and progress is noted`() async throws {
            try await withQueue { queue in
                let job = try await queue.running()
                #expect(try await queue.log(job, lines(0..<2), progress: #"{"fraction":0.5}"#))
                #expect(try await queue.log(job, lines(2..<4), first: 2))
                #expect(try await messages(queue, job) == ["0", "1", "2", "3"])
                #expect(try await queue.hash(job.id)["progress"] == #"{"fraction":0.5}"#)
            }
        }

        @Test func `progress alone leaves the log as it is`() async throws {
            try await withQueue { queue in
                let job = try await queue.running()
                #expect(try await queue.log(job, [], progress: "{}"))
                #expect(try await queue.hash(job.id)["progress"] == "{}")
                #expect(try await queue.logLines(job.id) == [])
            }
        }

        @Test func `a batch sent twice is there once`() async throws {
            try await withQueue { queue in
                let job = try await queue.running()
                #expect(try await queue.log(job, lines(0..<3)))
                try await queue.expectUnchanged {
                    let isTaken = try await queue.log(job, lines(0..<3))
                    #expect(isTaken)
                }
                // The reply was lost, and more lines have come meanwhile.
                #expect(try await queue.log(job, lines(0..<5)))
                #expect(try await queue.log(job, lines(4..<6), first: 4))
                #expect(try await messages(queue, job) == ["0", "1", "2", "3", "4", "5"])
            }
        }

        @Test func `a batch that was cut and is sent again stays cut`() async throws {
            try await withQueue { queue in
                let job = try await queue.running()
                let limits = LogLimits(lines: 2)
                #expect(try await queue.log(job, lines(0..<5), lost: 3, limits: limits))
                try await queue.expectUnchanged {
                    let isTaken = try await queue.log(job, lines(0..<5), lost: 3, limits: limits)
                    #expect(isTaken)
                }
                #expect(try await queue.hash(job.id)["log_cut"] == "3")
                #expect(try await queue.hash(job.id)["log_lost"] == "3")
            }
        }

        @Test(arguments: [1, 2, 500])
        func `lines that only the worker dropped are told of as well, on pages of any size`(limit: Int) async throws {
            try await withQueue { queue in
                let job = try await queue.running()
                #expect(try await queue.log(job, lines(0..<2), lost: 3))
                var seen: [String] = []
                var next = 0
                while true {
                    let page = try await queue.inspector.log(job.id, from: next, limit: limit)
                    guard !page.entries.isEmpty else { break }
                    seen += page.entries.map(\.message)
                    next = page.next
                }
                #expect(seen.first?.hasPrefix("3 earlier lines cut") == true)
                #expect(seen.dropFirst() == ["0", "1"])
            }
        }

        @Test func `the next attempt numbers its lines anew and adds to the log`() async throws {
            try await withQueue { queue in
                let first = try await queue.running()
                #expect(try await queue.log(first, lines(0..<2)))
                _ = try await queue.release(first)
                let second = try await queue.claimOne()
                #expect(try await queue.log(second, lines(2..<3)))
                #expect(try await messages(queue, second) == ["0", "1", "2"])
            }
        }

        @Test func `over the cap by lines the oldest go, and the first line says how many`() async throws {
            try await withQueue { queue in
                let job = try await queue.running()
                let limits = LogLimits(lines: 4, bytes: 10_000)
                for start in stride(from: 0, to: 12, by: 3) {
                    #expect(try await queue.log(job, lines(start..<start + 3), first: start, limits: limits))
                }
                let notice = "8 earlier lines cut: a log keeps 4 lines and 10000 bytes"
                #expect(try await messages(queue, job) == [notice, "8", "9", "10", "11"])
                #expect(try await queue.hash(job.id)["log_cut"] == "8")
            }
        }

        @Test func `exactly at the cap nothing is cut`() async throws {
            try await withQueue { queue in
                let job = try await queue.running()
                let four = lines(0..<4)
                let limits = LogLimits(lines: 4, bytes: four.reduce(0) { $0 + $1.utf8.count })
                #expect(try await queue.log(job, four, limits: limits))
                #expect(try await messages(queue, job) == ["0", "1", "2", "3"])
                #expect(try await queue.hash(job.id)["log_cut"] == nil)
            }
        }

        @Test func `over the cap by bytes the oldest go`() async throws {
            try await withQueue { queue in
                let job = try await queue.running()
                let size = lines(0..<1)[0].utf8.count
                let limits = LogLimits(lines: 100, bytes: 3 * size)
                #expect(try await queue.log(job, lines(0..<4), limits: limits))
                #expect(try await messages(queue, job).dropFirst() == ["1", "2", "3"])
                #expect(try await queue.log(job, [lines(4..<5)[0] + " "], first: 4, limits: limits))
                #expect(try await messages(queue, job).dropFirst() == ["3", "4"])
                #expect(try await queue.hash(job.id)["log_cut"] == "3")
            }
        }

        @Test func `the newest line stays also when it alone is over the cap`() async throws {
            try await withQueue { queue in
                let job = try await queue.running()
                #expect(try await queue.log(job, lines(0..<3), limits: LogLimits(lines: 10, bytes: 5)))
                #expect(try await messages(queue, job).dropFirst() == ["2"])
            }
        }

        @Test func `lines that the worker dropped are counted as cut`() async throws {
            try await withQueue { queue in
                let job = try await queue.running()
                #expect(try await queue.log(job, lines(0..<1), lost: 7))
                #expect(try await queue.log(job, lines(1..<2), first: 1, lost: 5))
                #expect(try await messages(queue, job).first?.hasPrefix("12 earlier lines cut") == true)
                #expect(try await messages(queue, job).dropFirst() == ["0", "1"])
            }
        }

        @Test func `3,500 lines go in with one call`() async throws {
            try await withQueue { queue in
                let job = try await queue.running()
                #expect(try await queue.log(job, lines(0..<3500)))
                #expect(try await messages(queue, job) == (0..<3500).map(String.init))
            }
        }

        @Test func `only the holder of the lease writes`() async throws {
            try await withQueue { queue in
                let stale = try await queue.stale()
                let ended = try await queue.running()
                _ = try await queue.finish(ended)
                let erased = try await queue.running(JobOptions(retention: .zero))
                _ = try await queue.finish(erased)
                try await queue.expectUnchanged {
                    for job in [stale, ended, erased] {
                        let isTaken = try await queue.log(job, lines(0..<1), lost: 1, progress: "{}")
                        #expect(!isTaken)
                    }
                }
            }
        }
    }
}
