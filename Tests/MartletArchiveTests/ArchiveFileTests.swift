import Foundation
import GRDB
import Martlet
import MartletArchive
import MartletTesting
import Testing

/// What the files of an archive may be, and who may read them.
@Suite(.timeLimit(.minutes(15)))
struct ArchiveFileTests {
    private func rights(_ path: String) throws -> Int {
        try #require(try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int)
    }

    @Test func `an archive, its log, its index and its backup are readable for their owner alone`() async throws {
        try await withArchiveBed { bed in
            try await bed.finish(3)
            try await bed.withArchiver {
                try await eventually("all are moved") { try await bed.left() == 0 }
                for ending in ["", "-wal", "-shm"] {
                    #expect(try rights(bed.path + ending) == 0o600, "history.db\(ending)")
                }
            }
            let history = try History(path: bed.path)
            defer { history.close() }
            try await history.backup(to: bed.folder + "/copy.db")
            #expect(try rights(bed.folder + "/copy.db") == 0o600)
        }
    }

    @Test func `a file that was there keeps its rights`() async throws {
        try await withArchiveBed { bed in
            #expect(FileManager.default.createFile(atPath: bed.path, contents: nil))
            #expect(chmod(bed.path, 0o640) == 0)
            try await bed.finish(1)
            try await bed.archive()
            #expect(try rights(bed.path) == 0o640)
        }
    }

    @Test func `a pipe in place of a file is refused at once`() async throws {
        try await withArchiveBed { bed in
            #expect(mkfifo(bed.path, 0o600) == 0)
            for open in [{ _ = try History(path: bed.path) }, { try Archive.check(path: bed.path) }] {
                let error = #expect(throws: ArchiveError.self) { try open() }
                #expect(error?.code == .foreign)
                #expect(error?.message.contains("name a file") == true)
            }
        }
    }

    @Test(
        arguments: [
            (
                "jobs",
                "ALTER TABLE jobs RENAME TO old; CREATE VIEW jobs AS WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL "
                    + "SELECT x FROM n) SELECT x AS number, x AS queue, x AS id FROM n"
            ),
            ("log_search", "DROP TABLE log_search; CREATE TABLE log_search (message)"),
            ("theirs", "CREATE TRIGGER theirs AFTER INSERT ON jobs BEGIN DELETE FROM jobs; END"),
            (
                "log_lines_inserted",
                "DROP TRIGGER log_lines_inserted; CREATE TRIGGER log_lines_inserted "
                    + "AFTER INSERT ON log_lines BEGIN DELETE FROM jobs; END"
            ),
        ]
    ) func `an archive whose tables are something else is refused by name, by readers and by whoever writes`(
        name: String,
        change: String
    ) async throws {
        try await withArchiveBed { bed in
            try await bed.finish(1)
            try await bed.archive()
            try await bed.write(change)
            let read = #expect(throws: ArchiveError.self) { try History(path: bed.path) }
            #expect(read?.code == .foreign && read?.message.contains(name) == true, "\(String(describing: read))")
            let write = await #expect(throws: ArchiveError.self) {
                _ = try await Archive.prune(path: bed.path, finishedBefore: .distantPast)
            }
            #expect(write?.code == .foreign && write?.message.contains(name) == true, "\(String(describing: write))")
        }
    }

    @Test func `an archive that lacks a table is damaged, and more tables and views are the operator's own`()
        async throws
    {
        try await withArchiveBed { bed in
            try await bed.finish(1)
            try await bed.archive()
            try await bed.write(
                "CREATE TABLE notes (text); CREATE VIEW failures AS SELECT * FROM jobs; CREATE INDEX mine ON jobs (type)"
            )
            let history = try History(path: bed.path)
            #expect(try await history.counts() == [.successful: 1])
            history.close()
            try await bed.write("DROP TABLE causes")
            let error = #expect(throws: ArchiveError.self) { try History(path: bed.path) }
            #expect(error?.code == .damaged)
        }
    }

    @Test(
        arguments: [
            "9223372036854775807", "-9223372036854775808", "1e308", "'text'", "x'ff00fe'", "''", "-1", "'{'",
        ]
    ) func `no value in any column of an archive stops a reader`(value: String) async throws {
        try await withArchiveBed { bed in
            let id = try await bed.finish(1, log: ["hello world"], as: .error, error: "no route")[0]
            try await bed.archive()
            for table in ["jobs", "attempts", "log_lines", "causes", "hours"] {
                for column in try bed.values("SELECT name FROM pragma_table_info('\(table)')") {
                    let copy = "\(bed.folder)/\(table)-\(column).db"
                    try FileManager.default.copyItem(atPath: bed.path, toPath: copy)
                    let database = try DatabaseQueue(path: copy)
                    // A key of the full text can't be changed under it, and some values are of no type or not unique.
                    try? await database.write { try $0.execute(sql: "UPDATE \(table) SET \(column) = \(value)") }
                    try database.close()
                    await readAll(copy, id)
                }
            }
        }
    }

    /// Reads all there is; an error is an answer, a trap is none.
    private func readAll(_ path: String, _ id: JobID) async {
        guard let history = try? History(path: path) else { return }
        defer { history.close() }
        var filter = JobFilter()
        filter.error = "no"
        filter.order = .oldest
        _ = try? await history.job(id)
        _ = try? await history.newJob(id)
        _ = try? await history.ids(beginning: id)
        _ = try? await history.jobs(filter)
        _ = try? await history.jobs(JobFilter())
        _ = try? await history.counts()
        _ = try? await history.queueNames()
        _ = try? await history.attempts(id)
        _ = try? await history.log(id)
        _ = try? await history.log(id, from: 7)
        _ = try? await history.search("hello")
        _ = try? await history.search("route", filter)
        _ = try? await history.errors()
        _ = try? await history.stats()
    }
}
