internal import Foundation
internal import ProcessSupervision

/// The user that a command runs as, looked up in the system's list.
struct CommandUser {
    let numbers: ProcessLaunch.User
    /// The variables that name the user and its home, unless the command sets them otherwise.
    let variables: [String: String]

    /// Finds a user by name, or by number.
    ///
    /// - Throws: `CommandFailure.user` when there is no such user.
    init(_ name: String) throws(CommandFailure) {
        var entry = passwd()
        var found: UnsafeMutablePointer<passwd>?
        var buffer = [CChar](repeating: 0, count: 16 * 1024)
        let error =
            if let number = uid_t(name) {
                getpwuid_r(number, &entry, &buffer, buffer.count, &found)
            } else {
                getpwnam_r(name, &entry, &buffer, buffer.count, &found)
            }
        guard error == 0, found != nil else { throw .user(name, error) }
        let user = String(cString: entry.pw_name)
        variables = ["HOME": String(cString: entry.pw_dir), "USER": user, "LOGNAME": user]
        var groups = [gid_t](repeating: 0, count: 1024)
        var count = Int32(groups.count)
        guard getgrouplist(user, entry.pw_gid, &groups, &count) >= 0 else { throw .user(name, E2BIG) }
        numbers = ProcessLaunch.User(user: entry.pw_uid, group: entry.pw_gid, groups: Array(groups[..<Int(count)]))
    }
}
