internal import GRDB
internal import MartletSQLite

/// The objects that make a database an archive: tables, indexes and triggers, each with the SQL that makes it.
///
/// A file from elsewhere may call itself an archive and yet have a trigger, or a view without end in place of a table.
struct ArchiveShape: Sendable {
    private struct Object: Sendable, Hashable {
        let kind: String
        let name: String
        let sql: String
    }
    private let objects: [Object]

    /// Reads the shape of a database.
    init(_ db: Database) throws {
        objects = try Row.fetchAll(db, sql: "SELECT type, name, ifnull(sql, '') FROM sqlite_master LIMIT 10000").map {
            Object(kind: $0.text(0), name: $0.text(1), sql: $0.text(2))
        }
    }

    /// Compares a database with this shape.
    ///
    /// Additional tables, views and indexes are the operator's own and allowed.
    /// - Throws: ``ArchiveError``: `damaged` when a part is missing, `foreign` when a part is something else, and for a
    ///   trigger that Martlet did not make.
    func check(_ found: ArchiveShape, path: String) throws(ArchiveError) {
        let there = Dictionary(found.objects.map { ($0.name, $0) }) { first, _ in first }
        for object in objects {
            guard let other = there[object.name] else {
                throw ArchiveError(.damaged, "\(path): the \(object.kind) \(object.name) is missing")
            }
            guard other.kind == object.kind, Self.isOfSearch(object) || other.sql == object.sql else {
                throw ArchiveError(
                    .foreign,
                    "\(path): \(object.name) is not the \(object.kind) of an archive of Martlet; name another file"
                )
            }
        }
        let names = Set(objects.map(\.name))
        for other in found.objects where other.kind == "trigger" && !names.contains(other.name) {
            throw ArchiveError(
                .foreign,
                "\(path): there is a trigger \(other.name) that Martlet did not make; drop it, or name another file"
            )
        }
    }

    /// Tells whether the full-text search made a table for itself; each release of SQLite spells these differently.
    private static func isOfSearch(_ object: Object) -> Bool {
        ["log_search_", "error_search_"].contains { object.name.hasPrefix($0) }
    }
}
