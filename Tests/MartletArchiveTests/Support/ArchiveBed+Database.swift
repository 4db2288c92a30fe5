import GRDB

extension ArchiveBed {
    /// A database of the application's own.
    func applicationDatabase(_ name: String = "app.db") throws -> DatabaseQueue {
        let database = try DatabaseQueue(path: "\(folder)/\(name)")
        try database.write { db in try db.execute(sql: "CREATE TABLE IF NOT EXISTS orders (number INTEGER)") }
        return database
    }
}
