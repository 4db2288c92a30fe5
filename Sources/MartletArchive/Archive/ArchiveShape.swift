internal import GRDB
internal import MartletSQLite

/// The objects that make a database an archive: tables, indexes and triggers with the SQL that makes each.
///
/// A file from elsewhere may say that it is an archive, and have a view that never ends in place of a table, or a
/// trigger.
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

    /// Compares a database with the shape that it should have.
    ///
    /// More tables, views and indexes are the operator's own.
    /// - Throws: ``ArchiveError``: `damaged` where a part is missing, `foreign` where one is something else, and for
    ///   triggers that Martlet did not make.
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

    /// Whether a table is one that the full text makes for itself: releases of SQLite spell these differently.
    private static func isOfSearch(_ object: Object) -> Bool {
        ["log_search_", "error_search_"].contains { object.name.hasPrefix($0) }
    }
}
