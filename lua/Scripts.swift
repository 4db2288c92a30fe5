/// The name of a script.
///
/// Most scripts are one transition each, of a job, a schedule or the leader; the others note or check something. The
/// file is `lua/<room>/<name>.lua`.
package enum ScriptName: String, CaseIterable, Sendable {
    case enqueue, claim, disclaim, extend, log, finish, retry, snooze, release, cancel, restart, prune, heartbeat
    case announce, bury
    case verify, repair
    case archive
    case archiveLease = "archive_lease"
    case delete, pause, audit, rights
    case lead, resign, due, fire, delivered, declare, redeclare, undeclare
    case scheduleSet = "schedule_set"
    case schedulePause = "schedule_pause"
    case scheduleResume = "schedule_resume"
    case scheduleRun = "schedule_run"
    case scheduleRemove = "schedule_remove"
}

/// The scripts as the binary carries them, each with its includes put in.
///
/// A line `-- @include now` stands for the text of `now.lua` in one of the rooms of `lua/include`. Includes hold
/// functions and constants only and do not include others. A test kit may replace an include, for example `now` by one
/// with a movable clock, or edit whole scripts, to see whether the tests notice.
package struct ScriptLibrary: Sendable {
    private let includes: [String: String]
    private let edit: @Sendable (ScriptName, String) -> String

    package init(
        replacing replaced: [String: String] = [:],
        editing edit: @escaping @Sendable (ScriptName, String) -> String = { $1 }
    ) {
        self.includes = Self.embeddedIncludes.merging(replaced) { _, new in new }
        self.edit = edit
    }

    /// The whole text of a script, as Redis runs it and as `redis-cli EVAL` takes it.
    package func source(_ name: ScriptName) -> String {
        edit(name, assembled(name))
    }

    private func assembled(_ name: ScriptName) -> String {
        let directive = "-- @include "
        let lines = Self.embedded(name).split(separator: "\n", omittingEmptySubsequences: false)
        return lines.map { line in
            guard line.hasPrefix(directive) else { return String(line) }
            let include = String(line.dropFirst(directive.count))
            guard let text = includes[include] else {
                preconditionFailure("lua/\(name.rawValue).lua includes \(include), which lua/include does not have")
            }
            return text
        }.joined(separator: "\n")
    }

    private static func embedded(_ name: ScriptName) -> String {
        let bytes =
            switch name {
            case .enqueue: PackageResources.enqueue_lua
            case .claim: PackageResources.claim_lua
            case .disclaim: PackageResources.disclaim_lua
            case .extend: PackageResources.extend_lua
            case .log: PackageResources.log_lua
            case .finish: PackageResources.finish_lua
            case .retry: PackageResources.retry_lua
            case .snooze: PackageResources.snooze_lua
            case .release: PackageResources.release_lua
            case .cancel: PackageResources.cancel_lua
            case .restart: PackageResources.restart_lua
            case .prune: PackageResources.prune_lua
            case .heartbeat: PackageResources.heartbeat_lua
            case .announce: PackageResources.announce_lua
            case .bury: PackageResources.bury_lua
            case .verify: PackageResources.verify_lua
            case .repair: PackageResources.repair_lua
            case .archive: PackageResources.archive_lua
            case .archiveLease: PackageResources.archive_lease_lua
            case .delete: PackageResources.delete_lua
            case .pause: PackageResources.pause_lua
            case .audit: PackageResources.audit_lua
            case .rights: PackageResources.rights_lua
            case .lead: PackageResources.lead_lua
            case .resign: PackageResources.resign_lua
            case .due: PackageResources.due_lua
            case .fire: PackageResources.fire_lua
            case .delivered: PackageResources.delivered_lua
            case .declare: PackageResources.declare_lua
            case .redeclare: PackageResources.redeclare_lua
            case .undeclare: PackageResources.undeclare_lua
            case .scheduleSet: PackageResources.schedule_set_lua
            case .schedulePause: PackageResources.schedule_pause_lua
            case .scheduleResume: PackageResources.schedule_resume_lua
            case .scheduleRun: PackageResources.schedule_run_lua
            case .scheduleRemove: PackageResources.schedule_remove_lua
            }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// The include that names the states of a job.
    static let states = embeddedIncludes["states"] ?? ""

    private static let embeddedIncludes: [String: String] = [
        "now": PackageResources.now_lua,
        "ring": PackageResources.ring_lua,
        "was_here": PackageResources.was_here_lua,
        "whole": PackageResources.whole_lua,
        "choose": PackageResources.choose_lua,
        "begin_attempts": PackageResources.begin_attempts_lua,
        "bounds": PackageResources.bounds_lua,
        "name": PackageResources.name_lua,
        "set_waiting": PackageResources.set_waiting_lua,
        "set_scheduled": PackageResources.set_scheduled_lua,
        "lease": PackageResources.lease_lua,
        "erase": PackageResources.erase_lua,
        "clear": PackageResources.clear_lua,
        "states": PackageResources.states_lua,
        "note_attempt": PackageResources.note_attempt_lua,
        "drop_aside": PackageResources.drop_aside_lua,
        "leave": PackageResources.leave_lua,
        "come_back": PackageResources.come_back_lua,
        "misdated": PackageResources.misdated_lua,
        "expire": PackageResources.expire_lua,
        "settle": PackageResources.settle_lua,
        "park": PackageResources.park_lua,
        "promote": PackageResources.promote_lua,
        "lull": PackageResources.lull_lua,
        "shorten_leases": PackageResources.shorten_leases_lua,
        "suspect": PackageResources.suspect_lua,
        "seclude": PackageResources.seclude_lua,
        "upkeep": PackageResources.upkeep_lua,
        "options": PackageResources.options_lua,
        "given": PackageResources.given_lua,
        "seen": PackageResources.seen_lua,
        "receipt": PackageResources.receipt_lua,
        "acquit": PackageResources.acquit_lua,
        "give_back": PackageResources.give_back_lua,
        "crash": PackageResources.crash_lua,
        "server_age": PackageResources.server_age_lua,
        "repeated": PackageResources.repeated_lua,
        "rescue": PackageResources.rescue_lua,
        "earliest": PackageResources.earliest_lua,
        "leads": PackageResources.leads_lua,
        "note_slot": PackageResources.note_slot_lua,
        "decide_slot": PackageResources.decide_slot_lua,
        "drop_slot": PackageResources.drop_slot_lua,
        "take_numbers": PackageResources.take_numbers_lua,
        "revise": PackageResources.revise_lua,
        "post": PackageResources.post_lua,
        "forget_outboxes": PackageResources.forget_outboxes_lua,
        "open_jobs": PackageResources.open_jobs_lua,
        "schedule_fields": PackageResources.schedule_fields_lua,
        "run_by_hand": PackageResources.run_by_hand_lua,
        "replan": PackageResources.replan_lua,
        "rewind": PackageResources.rewind_lua,
        "programs": PackageResources.programs_lua,
        "count": PackageResources.count_lua,
        "cut": PackageResources.cut_lua,
        "tally": PackageResources.tally_lua,
    ].mapValues { String(decoding: $0, as: UTF8.self) }
}
