internal import GRDB

/// The tables of an archive, with one step for each version of the schema.
///
/// Times are milliseconds since 1970 by Redis's clock, durations are milliseconds, and an unknown value is null. The
/// columns have the names of the fields in Redis.
enum ArchiveSchema {
    /// `PRAGMA application_id`: "Mart", so that no other database is taken for an archive.
    static let applicationID = 0x4d61_7274
    /// `PRAGMA user_version` of this release.
    static var version: Int { steps.count }

    /// Brings a database to this release's version, each step in a transaction of its own.
    /// - Throws: ``ArchiveError``: `foreign` for a database of another program or a later release, `damaged` for an
    ///   archive that lacks a part.
    static func migrate(_ db: Database, path: String) throws {
        let found = try Int.fetchOne(db, sql: "PRAGMA user_version") ?? 0
        let application = try Int.fetchOne(db, sql: "PRAGMA application_id") ?? 0
        let isEmpty = try Int.fetchOne(db, sql: "SELECT count(*) FROM sqlite_master") == 0
        guard isEmpty || application == applicationID else {
            throw ArchiveError(.foreign, "\(path): this is another program's database; name a file of its own")
        }
        guard found <= version else {
            throw ArchiveError(
                .foreign,
                "\(path): version \(found) of a later release, and this one knows \(version); use the later release"
            )
        }
        for step in found..<version {
            try db.inTransaction(.immediate) {
                // Another process may have made this step meanwhile.
                if try Int.fetchOne(db, sql: "PRAGMA user_version") ?? 0 == step {
                    try db.execute(sql: steps[step])
                    try db.execute(sql: "PRAGMA application_id = \(applicationID); PRAGMA user_version = \(step + 1)")
                }
                return .commit
            }
        }
        try check(db, path: path)
    }

    /// Compares the tables of an archive of this release's version with those that it should have.
    /// - Throws: ``ArchiveError``: `damaged` or `foreign`.
    static func check(_ db: Database, path: String) throws {
        try shape.get().check(ArchiveShape(db), path: path)
    }

    /// The shape of this release's archives, taken from an empty one in memory.
    private static let shape = Result {
        let database = try DatabaseQueue()
        defer { try? database.close() }  // nothing is in it
        return try database.write { db in
            for step in steps { try db.execute(sql: step) }
            return try ArchiveShape(db)
        }
    }

    private static let steps = [
        """
        -- A job that has finished; an id that was used again later is another job. One that was restarted after it came
        -- here is written over when it has finished again.
        CREATE TABLE jobs (
          number INTEGER PRIMARY KEY AUTOINCREMENT,
          queue TEXT NOT NULL,
          id TEXT NOT NULL,              -- after the slash
          type TEXT NOT NULL,
          state TEXT NOT NULL,           -- successful, warning, error, cancelled
          payload TEXT,                  -- JSON
          object TEXT,
          schedule TEXT,
          slot INTEGER,
          priority INTEGER NOT NULL,
          enqueued_at INTEGER NOT NULL,
          due_at INTEGER,
          started_at INTEGER,            -- of the last attempt
          finished_at INTEGER NOT NULL,
          wait_ms INTEGER,               -- from when it could first run to the start of its last attempt
          run_ms INTEGER,                -- of the last attempt
          attempt INTEGER NOT NULL,      -- the number of the last one; 0 when it never ran
          attempts_before_restart INTEGER NOT NULL,
          max_retries INTEGER,
          crashes INTEGER NOT NULL,
          worker TEXT,                   -- of the last attempt
          error TEXT,
          warning TEXT,
          progress TEXT,                 -- JSON
          options TEXT,                  -- JSON: time_limit_ms, backoff_ms, backoff_max_ms, retention_ms
          log_cut INTEGER NOT NULL       -- lines that the log lacks
        );
        CREATE UNIQUE INDEX jobs_by_id ON jobs (id, queue, enqueued_at);
        CREATE INDEX jobs_by_finish ON jobs (finished_at);
        CREATE INDEX jobs_by_object ON jobs (object, finished_at) WHERE object IS NOT NULL;
        CREATE INDEX jobs_not_successful ON jobs (state, finished_at) WHERE state <> 'successful';

        -- Attempts that have ended, one row each; of a job with many only the last 20 that did not simply succeed.
        CREATE TABLE attempts (
          number INTEGER PRIMARY KEY AUTOINCREMENT,
          job INTEGER NOT NULL REFERENCES jobs (number),
          attempt INTEGER NOT NULL,
          started_at INTEGER NOT NULL,
          ended_at INTEGER,
          outcome TEXT NOT NULL,         -- successful, warning, error, failed, timed out, lease lost, released, cancelled
          worker TEXT,
          error_type TEXT,
          error TEXT,
          cause INTEGER REFERENCES causes (number)
        );
        CREATE UNIQUE INDEX attempts_by_job ON attempts (job, attempt, started_at);
        CREATE INDEX attempts_by_cause ON attempts (cause, ended_at, job) WHERE cause IS NOT NULL;

        CREATE TABLE log_lines (
          number INTEGER PRIMARY KEY AUTOINCREMENT,
          job INTEGER NOT NULL REFERENCES jobs (number),
          line INTEGER NOT NULL,         -- from 0, as written; -1 says how many are missing
          attempt INTEGER NOT NULL,
          time INTEGER NOT NULL,
          level TEXT NOT NULL,
          message TEXT NOT NULL,
          fields TEXT                    -- JSON
        );
        CREATE UNIQUE INDEX log_lines_by_job ON log_lines (job, line);

        -- What errors have in common: the job type, the error's type, and the message without its numbers and names.
        CREATE TABLE causes (
          number INTEGER PRIMARY KEY,
          fingerprint TEXT NOT NULL UNIQUE,
          type TEXT NOT NULL,
          error_type TEXT,
          message TEXT NOT NULL,
          sample TEXT NOT NULL           -- the first error as it was
        );

        -- From which numbers on rows came here since an hour began: where a search that looks back so far begins.
        CREATE TABLE hours (
          started_at INTEGER PRIMARY KEY,
          first_line INTEGER NOT NULL,
          first_attempt INTEGER NOT NULL
        );

        -- Full text, over log_lines.message and attempts.error; rowid is the number there.
        CREATE VIRTUAL TABLE log_search USING fts5 (message, content = 'log_lines', content_rowid = 'number');
        CREATE TRIGGER log_lines_inserted AFTER INSERT ON log_lines BEGIN
          INSERT INTO log_search (rowid, message) VALUES (new.number, new.message);
        END;
        CREATE TRIGGER log_lines_deleted AFTER DELETE ON log_lines BEGIN
          INSERT INTO log_search (log_search, rowid, message) VALUES ('delete', old.number, old.message);
        END;
        CREATE VIRTUAL TABLE error_search USING fts5 (error, content = 'attempts', content_rowid = 'number');
        CREATE TRIGGER attempts_inserted AFTER INSERT ON attempts WHEN new.error IS NOT NULL BEGIN
          INSERT INTO error_search (rowid, error) VALUES (new.number, new.error);
        END;
        CREATE TRIGGER attempts_deleted AFTER DELETE ON attempts WHEN old.error IS NOT NULL BEGIN
          INSERT INTO error_search (error_search, rowid, error) VALUES ('delete', old.number, old.error);
        END;
        """
    ]
}
