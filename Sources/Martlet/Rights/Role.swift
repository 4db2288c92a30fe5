internal import Foundation
package import MartletScripts

/// The purpose of a process that speaks to Redis.
///
/// Each role has an ACL user, which may do its part and nothing else; `martlet doctor --acl` prints them.
package enum Role: String, CaseIterable, Sendable {
    /// The role that enqueues jobs and waits for its own.
    case producer
    /// The role that runs jobs, fires schedules, and moves finished jobs into an archive.
    case worker
    /// The role for everything that the command line does to jobs, queues and schedules.
    ///
    /// It enqueues too, and delivers the job of a schedule that it runs to its queue itself.
    case `operator`
    /// The role that reads and changes nothing; it runs no script at all.
    case viewer

    /// The scripts that the role needs.
    package var scripts: [ScriptName] {
        switch self {
        case .producer: [.rights, .enqueue]
        case .worker:
            [
                .rights, .enqueue, .claim, .extend, .log, .finish, .retry, .snooze, .release, .prune, .heartbeat,
                .announce, .bury, .disclaim, .archive, .archiveLease, .lead, .resign, .due, .fire, .delivered, .declare,
                .redeclare, .undeclare,
            ]
        case .operator:
            [
                .rights, .enqueue, .cancel, .restart, .delete, .pause, .audit, .verify, .repair, .resign, .scheduleSet,
                .schedulePause, .scheduleResume, .scheduleRun, .scheduleRemove, .delivered,
            ]
        case .viewer: []
        }
    }

    private var plainParts: [PlainCommands] {
        switch self {
        case .producer: [.connecting, .running, .judging, .enqueuing]
        case .worker: [.connecting, .running, .judging, .enqueuing, .delivering, .working, .archiving]
        case .operator:
            [.connecting, .running, .judging, .enqueuing, .delivering, .reading, .verifying, .steering, .rescuing]
        case .viewer: [.connecting, .judging, .reading]
        }
    }

    /// The commands that the role sends outside scripts, and the keys on which it sends each.
    private var plainNeeds: [String: Set<String>] {
        plainParts.reduce(into: [:]) { needs, part in needs.merge(part.keys) { $0.union($1) } }
    }

    /// The commands that the role sends outside scripts.
    package var plainCommands: Set<String> { Set(plainNeeds.keys) }

    /// Tells whether the role sends a command outside scripts, on this key behind the prefix.
    func sends(_ command: String, on key: String) -> Bool {
        guard let globs = plainNeeds[command] else { return false }
        return globs.isEmpty || globs.contains { fnmatch($0, key, 0) == 0 }
    }

    /// The commands that the role needs in and outside scripts, and the keys on which it needs each.
    ///
    /// The keys are globs behind the prefix; a command without a key has none.
    package func needs(_ library: ScriptLibrary = ScriptLibrary()) -> [String: Set<String>] {
        var needs = plainNeeds
        for script in scripts { needs.merge(script.needs(library)) { $0.union($1) } }
        return needs
    }

    /// The commands that the role needs in and outside scripts, sorted; a subcommand is written as `SCRIPT|LOAD`.
    package func commands(_ library: ScriptLibrary = ScriptLibrary()) -> [String] { needs(library).keys.sorted() }

    /// The words that follow the user and its password in `ACL SETUSER`.
    ///
    /// They are no channels, the commands without a key, and a selector for each group of commands that need the same
    /// keys.
    package func rules(prefix: String) -> [String] {
        ["resetchannels", "-@all"] + Grant.all(needs()).flatMap { $0.rules(prefix: prefix) }
    }

    /// The name of the ACL user where nobody has chosen another.
    package var user: String { "martlet-\(rawValue)" }

    /// A line for redis-cli that makes the user, or gives an existing user these rights and no others.
    ///
    /// The password in it is a placeholder that must be replaced.
    package func setUser(prefix: String) -> String {
        (["ACL SETUSER", user, "reset on >CHANGE-ME"] + rules(prefix: prefix)).joined(separator: " ")
    }
}

extension ScriptName {
    /// The commands that a call of the script needs, and the keys of each, as globs behind the prefix of all keys.
    func needs(_ library: ScriptLibrary) -> [String: Set<String>] {
        var needs = ScriptNeeds.of(library.source(self)).endings.mapValues { endings in
            Set(endings.map { $0.isEmpty ? root : "\(root):\($0.replacing("-", with: "*"))" })
        }
        for command in ["EVAL", "EVALSHA"] { needs[command] = [root] }
        return needs
    }

    /// The one key that the script is given, as a glob behind the prefix of all keys.
    private var root: String {
        switch self {
        case .heartbeat: "workers"
        case .announce: "worker:*"
        case .archiveLease: "archiver"
        case .audit: "audit"
        case .lead, .resign, .due, .fire, .delivered, .declare, .redeclare, .undeclare, .scheduleSet, .schedulePause,
            .scheduleResume, .scheduleRun, .scheduleRemove:
            "{scheduler}"
        case .enqueue, .claim, .extend, .log, .finish, .retry, .snooze, .release, .cancel, .restart, .prune, .bury,
            .disclaim, .verify, .repair, .archive, .delete, .pause, .rights:
            "{*}"
        }
    }
}
