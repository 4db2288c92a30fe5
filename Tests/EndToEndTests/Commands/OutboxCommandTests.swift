import Foundation
import GRDB
import Martlet
import MartletOutbox
import Testing

/// What an operator does with an outbox.
@Suite struct OutboxCommandTests {
    @Test func `a job that Redis refuses is shown with the reason, sent again when it is mended, or deleted`()
        async throws
    {
        try await withStage { stage in
            let path = stage.folder + "/spool.db"
            let spool = try Spool.open(path)
            _ = try await spool.enqueue([try NewJob(type: "a", json: "{}"), try NewJob(type: "b", json: "{}")])
            func mend(_ options: String) async throws {
                try await DatabaseQueue(path: path).write { db in
                    try db.execute(sql: "UPDATE martlet_outbox SET options = ?", arguments: [options])
                }
            }
            try await mend(#"{"priority":1000}"#)
            let replayed = try await stage.martlet("outbox", "replay", path)
            #expect(replayed.status == 0 && replayed.errors.contains("2 refused"))

            let shown = try await stage.martlet("outbox", "refused", path)
            #expect(shown.status == 0)
            #expect(shown.output.contains(#"priority: "1000" is not acceptable"#))
            let lines = try await stage.martlet("outbox", "refused", path, "--json").output.split(separator: "\n")
            #expect(lines.count == 2 && lines.allSatisfy { $0.contains(#""reason":"priority"#) })

            try await mend("")
            #expect(try await stage.martlet("outbox", "refused", path, "--retry").status == 0)
            #expect(try await stage.martlet("outbox", "refused", path).status == 3)
            #expect(try await stage.martlet("outbox", "replay", path).errors.contains("2 sent"))
            #expect(try await stage.inspector.counts(queue: "default")[.waiting] == 2)
        }
    }

    @Test func `refused jobs are deleted with --yes only`() async throws {
        try await withStage { stage in
            let path = stage.folder + "/spool.db"
            let spool = try Spool.open(path)
            _ = try await spool.enqueue([try NewJob(type: "a", json: "{}")])
            try await DatabaseQueue(path: path).write { db in
                try db.execute(sql: "UPDATE martlet_outbox SET state = 'refused', error = 'odd'")
            }
            #expect(try await stage.martlet("outbox", "refused", path, "--delete").status == 64)
            #expect(try await spool.status().refused == 1)
            #expect(try await stage.martlet("outbox", "refused", path, "--delete", "--yes").status == 0)
            #expect(try await spool.status().refused == 0)
            #expect(try await stage.martlet("outbox", "refused", path, "--retry", "--delete").status == 64)
        }
    }
}
