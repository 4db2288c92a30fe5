internal import Foundation
internal import GRDB
package import Martlet

extension Outbox {
    /// The kept jobs that Redis does not have, at most 100,000 of them, in their order: lost, or finished and gone
    /// since the relay last looked.
    package func lostJobs(_ client: JobClient) async throws -> [NewJob] {
        var lost: [NewJob] = []
        var after: Int64 = 0
        let id = try await id()
        while lost.count < 100_000 {
            let rows = try await kept(after: after, limit: 1000)
            guard let last = rows.last else { break }
            after = last.sequence
            let (states, _) = try await client.store.states(of: rows.map(\.id), outbox: id, queues: [])
            let missing = zip(rows, states).filter { $0.1 == nil }.map(\.0.sequence)
            lost += try await jobs(missing)
        }
        return lost
    }

    private func jobs(_ sequences: [Int64]) async throws -> [NewJob] {
        guard !sequences.isEmpty else { return [] }
        return try await database.read { db in
            let list = sequences.map { "\($0)" }.joined(separator: ",")
            let now = Int64(Date().timeIntervalSince1970 * 1000)
            return try Row.fetchAll(
                db,
                sql: """
                    SELECT queue, id, type, payload, options, delay_ms, enqueued_at FROM martlet_outbox
                    WHERE sequence IN (\(list)) ORDER BY sequence
                    """
            ).map { row in
                NewJob(
                    id: try JobID(queue: row[0], local: row[1]),
                    type: row[2],
                    payload: Array((row[3] as String).utf8),
                    encodedOptions: Self.options(row[4], delay: row[5], enqueuedAt: row[6], now: now)
                )
            }
        }
    }
}
