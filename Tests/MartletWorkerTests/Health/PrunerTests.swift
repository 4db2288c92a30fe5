import Martlet
import MartletTesting
import MartletWorker
import Testing

/// What a worker does with finished jobs that are past retention.
@Suite(.serialized, .timeLimit(.minutes(15)))
struct PrunerTests {
    @Test func `a worker that starts deletes all that is past retention, though no job ends there`() async throws {
        try await withTestBed { bed in
            try await bed.jobs.enqueue((0..<3000).map { Note(number: $0) })
            try await bed.working(.note { _, _ in }) { _ in
                try await bed.wait(for: 3000, .successful)
            }
            var configuration = WorkerConfiguration.quick
            configuration.retention = Retention(maxJobs: 20)
            try await bed.working(.note { _, _ in }, configuration) { _ in
                // Sooner than its second look would be, if it only looked.
                try await eventually("the newest are left", within: .seconds(8)) {
                    try await bed.inspector.counts(queue: "default")[.successful] == 20
                }
            }
        }
    }
}
