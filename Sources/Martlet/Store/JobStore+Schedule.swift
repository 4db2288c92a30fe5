internal import MartletScripts
internal import RedisClient

// What operators do with schedules.
extension JobStore {
    /// Why a change of a schedule was not made.
    package enum ScheduleRefusal: String, Sendable {
        /// It is another one than the caller read.
        case changed
        case gone
        /// It is so already, or was made so by an earlier sending.
        case already
        /// There is nothing to resume.
        case enabled
        /// Too much waits to be delivered.
        case full
    }

    /// `lua/schedule_set`: nothing → a schedule, or another one's values.
    /// - Parameter revision: of the schedule as it was read; nil for a new one.
    /// - Returns: nil when it is done.
    package func set(_ schedule: Schedule, revision: String?) async throws(JobError) -> ScheduleRefusal? {
        try await change(
            .scheduleSet,
            [RedisArgument(schedule.name), RedisArgument(revision ?? ""), RedisArgument(schedule.json.text)]
        )
    }

    /// `lua/schedule_pause`: enabled → paused.
    package func pause(schedule name: String) async throws(JobError) -> ScheduleRefusal? {
        try await change(.schedulePause, [RedisArgument(name)])
    }

    /// `lua/schedule_resume`: paused or disabled → enabled, with `job` in the pending list.
    package func resume(_ record: ScheduleRecord, _ job: PendingJob) async throws(JobError) -> ScheduleRefusal? {
        try await change(.scheduleResume, arguments(record, job))
    }

    /// `lua/schedule_run`: puts `job` into the pending list.
    package func run(_ record: ScheduleRecord, _ job: PendingJob) async throws(JobError) -> ScheduleRefusal? {
        try await change(.scheduleRun, arguments(record, job))
    }

    /// `lua/schedule_remove`: a schedule → nothing.
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
        // The first sending of this very call may have done it.
        let isOwnDoing = reply.isResent && (refusal == .already || (script == .scheduleRemove && refusal == .gone))
        return isOwnDoing ? nil : refusal
    }
}
