internal import GRDB
internal import Martlet
internal import MartletSQLite

/// The tables that an outbox has in the application's database.
///
/// All names begin with `martlet_outbox`.
enum OutboxSchema {
    /// Makes the tables where they are missing.
    /// - Throws: ``StorageError`` with the kind `foreign` for the tables of a later release.
    static func migrate(_ db: Database) throws {
        try db.execute(
            sql: "CREATE TABLE IF NOT EXISTS martlet_outbox_meta (id TEXT NOT NULL, version INTEGER NOT NULL)"
        )
        let found = try Int.fetchOne(db, sql: "SELECT version FROM martlet_outbox_meta") ?? 0
        guard found <= steps.count else {
            throw StorageError(
                .foreign,
                "the outbox has version \(found), and this release knows \(steps.count); use the later release"
            )
        }
        guard found < steps.count else { return }
        for step in found..<steps.count { try db.execute(sql: steps[step]) }
        if found == 0 {
            try db.execute(
                sql: "INSERT INTO martlet_outbox_meta (id, version) VALUES (?, ?)",
                arguments: [JobID.makeLocal(), steps.count]
            )
        } else {
            try db.execute(sql: "UPDATE martlet_outbox_meta SET version = ?", arguments: [steps.count])
        }
    }

    private static let steps = [
        """
        CREATE TABLE martlet_outbox (
          sequence INTEGER PRIMARY KEY AUTOINCREMENT,
          queue TEXT NOT NULL,
          id TEXT NOT NULL,              -- after the slash
          type TEXT NOT NULL,
          payload TEXT NOT NULL,         -- JSON
          options TEXT NOT NULL,         -- JSON, or nothing
          delay_ms INTEGER,              -- not before this long after enqueued_at
          enqueued_at INTEGER NOT NULL,  -- milliseconds since 1970 by this machine's clock
          keep INTEGER NOT NULL,         -- 1: until its job is seen finished; 0: until Redis has it
          state TEXT NOT NULL DEFAULT 'pending',  -- pending, sent (and kept), refused
          sent_at INTEGER,
          error TEXT,                    -- why it was refused
          UNIQUE (queue, id)
        );
        CREATE INDEX martlet_outbox_pending ON martlet_outbox (sequence) WHERE state = 'pending';
        CREATE INDEX martlet_outbox_sent ON martlet_outbox (sequence) WHERE state = 'sent';

        -- The last row that each queue took.
        CREATE TABLE martlet_outbox_queues (queue TEXT PRIMARY KEY, given INTEGER NOT NULL) WITHOUT ROWID;

        -- How many rows are pending.
        CREATE TABLE martlet_outbox_depth (pending INTEGER NOT NULL);
        INSERT INTO martlet_outbox_depth VALUES (0);
        CREATE TRIGGER martlet_outbox_inserted AFTER INSERT ON martlet_outbox WHEN new.state = 'pending' BEGIN
          UPDATE martlet_outbox_depth SET pending = pending + 1;
        END;
        CREATE TRIGGER martlet_outbox_updated AFTER UPDATE OF state ON martlet_outbox WHEN new.state <> old.state BEGIN
          UPDATE martlet_outbox_depth SET pending = pending + (new.state = 'pending') - (old.state = 'pending');
        END;
        CREATE TRIGGER martlet_outbox_deleted AFTER DELETE ON martlet_outbox WHEN old.state = 'pending' BEGIN
          UPDATE martlet_outbox_depth SET pending = pending - 1;
        END;
        """
    ]
}
