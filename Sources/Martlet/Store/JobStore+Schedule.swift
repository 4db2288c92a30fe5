internal import MartletScripts
internal import RedisClient

// The changes that operators make to schedules.
extension JobStore {
    /// The reason why a change of a schedule was not made.
    package enum ScheduleRefusal: String, Sendable {
        /// The schedule has changed since the caller read it.
        case changed
        case gone
        /// The schedule is so already, or an earlier sending made it so.
        case already
        /// The schedule is enabled, so there is nothing to resume.
        case enabled
        /// Too many jobs wait to be delivered.
        case full
    }

    /// Makes a schedule, or gives one other values (`lua/schedule/schedule_set.lua`).
    ///
    /// `revision` is that of the schedule as it was read; nil for a new one.
    ///
    /// - Returns: Nil when it is done.
    package func set(_ schedule: Schedule, revision: String?) async throws(JobError) -> ScheduleRefusal? {
        try await change(
            .scheduleSet,
            [RedisArgument(schedule.name), RedisArgument(revision ?? ""), RedisArgument(schedule.json.text)]
        )
    }

    /// Pauses a schedule: enabled → paused (`lua/schedule/schedule_pause.lua`).
    package func pause(schedule name: String) async throws(JobError) -> ScheduleRefusal? {
        try await change(.schedulePause, [RedisArgument(name)])
    }

    /// Resumes a schedule: paused or disabled → enabled, with `job` in the pending list
    /// (`lua/schedule/schedule_resume.lua`).
    package func resume(_ record: ScheduleRecord, _ job: PendingJob) async throws(JobError) -> ScheduleRefusal? {
        try await change(.scheduleResume, arguments(record, job))
    }

    /// Puts `job` of a schedule into the pending list (`lua/schedule/schedule_run.lua`).
    package func run(_ record: ScheduleRecord, _ job: PendingJob) async throws(JobError) -> ScheduleRefusal? {
        try await change(.scheduleRun, arguments(record, job))
    }

    /// Removes a schedule (`lua/schedule/schedule_remove.lua`).
    package func remove(schedule name: String) async throws(JobError) -> ScheduleRefusal? {
        try await change(.scheduleRemove, [RedisArgument(name)])
    }

    private func arguments(_ record: ScheduleRecord, _ job: PendingJob) -> [RedisArgument] {
        [
            RedisArgument(record.name), RedisArgument(record.revision), RedisArgument("\(job.id)"),
            RedisArgument(job.entry),
        ]
    }

    private func change(_ script: ScriptName, _ arguments: [RedisArgument]) async throws(JobError) -> ScheduleRefusal? {
        let reply = try await run(script, on: keys.scheduler, arguments)
        if reply.word == "ok" { return nil }
        guard let refusal = ScheduleRefusal(rawValue: reply.word) else { throw reply.invalid() }
        // The first sending of this call may have done it.
        let isOwnDoing = reply.isResent && (refusal == .already || (script == .scheduleRemove && refusal == .gone))
        return isOwnDoing ? nil : refusal
    }
}
