internal import Foundation
internal import Martlet

/// Looks at everything that has to be in order for jobs to run.
///
/// Each look gives its lines; the one at deliveries gives none when nothing waits.
struct Doctor {
    let inspector: Inspector
    /// Redis's time.
    let now: Date
    let workers: [WorkerRecord]
    let queues: [String]

    init(_ inspector: Inspector) async throws {
        self.inspector = inspector
        now = try await inspector.now()
        workers = try await inspector.workers()
        queues = try await inspector.queueNames()
    }

    /// The looks that are cheap, in the order in which they are told.
    static let looks: [@Sendable (Doctor) async throws -> [Diagnosis]] = [
        { try await $0.server() }, { try await $0.rights() }, { try await $0.clock() }, { try await $0.scripts() },
        { $0.life() }, { try await $0.service() }, { try await $0.schedules() }, { try await $0.deliveries() },
        { try await $0.archive() },
    ]

    /// `1 worker`, `3 workers`.
    static func count(_ count: Int, _ noun: String) -> String { "\(count) \(noun)\(count == 1 ? "" : "s")" }
}
