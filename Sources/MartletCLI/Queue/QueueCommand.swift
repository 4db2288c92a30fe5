internal import ArgumentParser
internal import Foundation
internal import Martlet

/// The noun `queue`.
struct QueueCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "queue",
        abstract: "Show, pause and empty queues.",
        subcommands: [
            QueueListCommand.self, QueueShowCommand.self, QueuePauseCommand.self, QueueResumeCommand.self,
            QueuePurgeCommand.self,
        ]
    )
}

extension QueueRecord {
    /// The record as one JSON object.
    func json(workers: Int) -> String {
        var fields: [String: JSONValue] = ["queue": .string(name), "workers": .integer(Int64(workers))]
        for (state, count) in counts { fields[state.rawValue] = .integer(Int64(count)) }
        fields["paused_at"] = pause.map { .time($0.since) }
        fields["paused_by"] = pause.map { .string($0.by) }
        fields["waiting_since"] = oldestWaiting.map { .time($0) }
        fields["next_due_at"] = nextDue.map { .time($0) }
        return JSONValue.object(fields).text
    }
}

extension QueuePause {
    /// The pause in words: `paused 3 min ago by ada@web1`.
    func text(now: Date) -> String { "paused \(Moment.relative(since, now: now)) by \(by)" }
}

extension Inspector {
    /// Acts on each queue, or on none of them when one of them does not exist.
    func forEach(_ queues: [String], _ act: (String) async throws -> Void) async throws {
        for queue in queues {
            guard try await self.queue(queue) != nil else { throw try await noQueue(queue) }
        }
        for queue in queues { try await act(queue) }
    }
}
