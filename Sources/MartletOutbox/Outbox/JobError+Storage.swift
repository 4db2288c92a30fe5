package import Martlet
package import MartletSQLite

extension JobError: StorageFailure {
    /// A database that fails has the code `outbox`, whatever the reason: the message names the file and the remedy.
    package init(_ error: StorageError) {
        self.init(.outbox, error.message)
    }
}
