internal import GRDB
package import Martlet
internal import MartletSQLite

extension Outbox {
    /// Finds the kept jobs that Redis does not have, at most 100,000 of them, in their order.
    ///
    /// They are lost, or have finished and gone since the relay last looked.
    package func lostJobs(_ client: JobClient) async throws(JobError) -> [NewJob] {
        var lost: [NewJob] = []
        var after: Int64 = 0
        let id = try await id()
        while lost.count < 100_000 {
            let rows = try await keptRows(after: after, limit: 1000)
            guard let last = rows.last else { break }
            after = last.sequence
            let (states, _) = try await client.store.states(of: rows.map(\.id), outbox: id, queues: [])
            let missing = zip(rows, states).filter { $0.1 == nil }.map(\.0.sequence)
            lost += try await newJobs(inRows: missing)
        }
        return lost
    }

    private func newJobs(inRows sequences: [Int64]) async throws(JobError) -> [NewJob] {
        guard !sequences.isEmpty else { return [] }
        return try await read { db in
            let list = sequences.map { "\($0)" }.joined(separator: ",")
            let now = Self.now()
            return try Row.fetchAll(
                db,
                sql: "SELECT \(OutboxRow.columns) FROM martlet_outbox WHERE sequence IN (\(list)) ORDER BY sequence"
            ).map { try OutboxRow($0, now: now).job }
        }
    }
}
