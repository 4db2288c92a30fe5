package import Martlet
package import MartletSQLite

extension JobError: StorageFailure {
    /// Makes an error with the code `outbox` from a failure of the database, whatever its kind.
    ///
    /// The message names the file and the remedy.
    package init(_ error: StorageError) {
        self.init(.outbox, error.message)
    }
}
