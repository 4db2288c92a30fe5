import Martlet
import MartletTesting
import MartletWorker
import Testing

/// Which worker takes which job, and when.
@Suite(.serialized, .timeLimit(.minutes(15)))
struct ClaimTests {
    @Test func `a worker claims for free places only, so that an idle one gets the rest`() async throws {
        try await withTestBed { bed in
            let gate = Gate()
            let handlers = JobHandlers.note { note, _ in
                if note.text == "long" { try await gate.wait() }
            }
            try await bed.working(handlers, .places(1)) { first in
                let long = try await bed.jobs.enqueue(Note(text: "long")).id
                try await bed.wait(for: long, .running)
                let short = try await bed.jobs.enqueue((0..<5).map { Note(number: $0) }).map(\.id)
                #expect(try await bed.inspector.counts(queue: "default")[.waiting] == 5)
                try await bed.working(handlers, .places(1)) { second in
                    for id in short {
                        #expect(try await bed.finished(id).worker == second.id)
                    }
                    #expect(try await bed.record(long).state == .running)
                    #expect(try await bed.record(long).worker == first.id)
                    gate.open()
                    try await bed.finished(long)
                }
            }
        }
    }

    @Test func `a worker never runs more jobs at once than it has places`() async throws {
        try await withTestBed { bed in
            let running = Tally()
            let ended = Tally()
            let most = Tally()
            let handlers = JobHandlers.note { _, _ in
                running.add("")
                if running.count - ended.count > 3 { most.add("") }
                try await Task.sleep(for: .milliseconds(2))
                ended.add("")
            }
            try await bed.jobs.enqueue((0..<100).map { Note(number: $0) })
            try await bed.working(handlers, .places(3)) { _ in
                try await bed.wait(for: 100, .successful)
            }
            #expect(most.count == 0)
        }
    }

    @Test func `jobs of higher priority run first, and among equals the older`() async throws {
        try await withTestBed { bed in
            for (text, priority) in [("a", 0), ("b", -5), ("c", 10), ("d", 0), ("e", 100), ("f", -100), ("g", 10)] {
                try await bed.jobs.enqueue(Note(text: text), options: JobOptions(priority: priority))
                // Equals are ordered by Redis's millisecond.
                let now = try await bed.inspector.now()
                try await eventually("the next millisecond") { try await bed.inspector.now() > now }
            }
            let order = Tally()
            try await bed.working(.note { note, _ in order.add(note.text) }, .places(1)) { _ in
                try await bed.wait(for: 7, .successful)
            }
            #expect(order.all == ["e", "c", "g", "a", "d", "b", "f"])
        }
    }

    @Test func `strict queues are served in their order`() async throws {
        try await withTestBed { bed in
            for queue in ["late", "middle", "early"] {
                try await bed.jobs.enqueue(
                    (0..<100).map { Note(text: queue, number: $0) },
                    options: JobOptions(queue: queue)
                )
            }
            let order = Tally()
            var configuration = WorkerConfiguration.places(1)
            configuration.queues = .strict(["early", "middle", "late"])
            try await bed.working(.note { note, _ in order.add(note.text) }, configuration) { _ in
                try await bed.wait(for: 100, .successful, queue: "late")
            }
            let expected = ["early", "middle", "late"].flatMap { Array(repeating: $0, count: 100) }
            #expect(order.all == expected)
        }
    }

    @Test func `weighted queues share by weight, and a low weight does not starve`() async throws {
        try await withTestBed { bed in
            for queue in ["high", "low"] {
                try await bed.jobs.enqueue(
                    (0..<200).map { Note(text: queue, number: $0) },
                    options: JobOptions(queue: queue)
                )
            }
            let order = Tally()
            var configuration = WorkerConfiguration.places(1)
            configuration.queues = .weighted(["high": 9, "low": 1])
            try await bed.working(.note { note, _ in order.add(note.text) }, configuration) { _ in
                try await bed.wait(for: 200, .successful, queue: "low")
            }
            // Of the first 100 some 10 are expected; outside 1 to 30 it comes once in thirty thousand runs.
            let low = order.all.prefix(100).count { $0 == "low" }
            #expect((1...30).contains(low), "\(low) of 100")
            #expect(order.count == 400)
        }
    }

    @Test func `100,000 jobs in bulk each run exactly once`() async throws {
        try await withTestBed { bed in
            let count = 100_000
            let runs = Tally()
            try await bed.jobs.enqueue((0..<count).map { Note(number: $0) })
            let start = ContinuousClock.now
            try await bed.working(.note { note, _ in runs.add("\(note.number)") }, .places(100)) { _ in
                try await bed.wait(for: count, .successful, within: .seconds(600))
            }
            let rate = Double(count) / ((ContinuousClock.now - start) / .seconds(1))
            print("100,000 jobs drained beside other tests, debug build: \(Int(rate)) jobs/s")
            #expect(runs.count == count)
            #expect(Set(runs.all).count == count)
        }
    }
}
