internal import Foundation
internal import Martlet

/// Checks everything that has to be in order for jobs to run.
///
/// Each check gives its lines; the one of deliveries gives none when nothing waits.
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

    /// The cheap checks, in the order in which they are shown.
    static let looks: [@Sendable (Doctor) async throws -> [Diagnosis]] = [
        { try await $0.server() }, { try await $0.rights() }, { try await $0.clock() }, { try await $0.scripts() },
        { $0.life() }, { try await $0.service() }, { try await $0.schedules() }, { try await $0.deliveries() },
        { try await $0.archive() },
    ]

    /// A number with its noun: `1 worker`, `3 workers`.
    static func count(_ count: Int, _ noun: String) -> String { "\(count) \(noun)\(count == 1 ? "" : "s")" }
}
