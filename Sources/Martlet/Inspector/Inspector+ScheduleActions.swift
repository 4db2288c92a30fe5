internal import RedisClient

/// The outcome of ``Inspector/setSchedule(_:_:by:)``.
public enum ScheduleSetReply: Sendable, Hashable {
    /// The schedule is new.
    case created
    /// The schedule has other values than before.
    case changed
    /// The schedule had these values already.
    case unchanged
}

// The changes that operators make to schedules.
extension Inspector {
    /// Makes a schedule, or changes the values that `edit` gives.
    ///
    /// On a declared schedule this is an edit, which stands until the declared value is set again.
    ///
    /// - Throws: ``JobError`` with the code `invalid`, which names the field, the value and what would be right;
    ///   nothing was written.
    @discardableResult
    public func setSchedule(
        _ name: String,
        _ edit: ScheduleEdit,
        by operator: Operator
    ) async throws(JobError) -> ScheduleSetReply {
        // A change that is not acceptable is not noted.
        try await checkSchedule(name, edit)
        return try await recorded(.setSchedule, of: name, by: `operator`, hasChanged: { $0 != .unchanged }) {
            () throws(JobError) in
            try await setSchedule(name, edit)
        }
    }

    private func setSchedule(_ name: String, _ edit: ScheduleEdit) async throws(JobError) -> ScheduleSetReply {
        try await again(name) { () throws(JobError) -> ScheduleSetReply? in
            // A name that is not valid has no record either, and the schedule says what is wrong with it.
            let record = Name.isValid(name) ? try await self.schedule(name) : nil
            let schedule = try edit.applied(to: record, named: name)
            if let record, schedule.texts == record.values { return .unchanged }
            switch try await self.store.set(schedule, revision: record?.revision) {
            case nil: return record == nil ? .created : .changed
            case .gone, .changed: return nil
            case let other?: throw other.error(name)
            }
        }
    }

    private func checkSchedule(_ name: String, _ edit: ScheduleEdit) async throws(JobError) {
        _ = try edit.applied(to: Name.isValid(name) ? try await schedule(name) : nil, named: name)
    }

    /// Pauses a schedule: it fires no slot until it is resumed.
    ///
    /// - Returns: False when it was paused before.
    /// - Throws: ``JobError`` with the code `notFound` when there is no such schedule.
    @discardableResult
    public func pauseSchedule(_ name: String, by operator: Operator) async throws(JobError) -> Bool {
        let name = try await present(name)
        return try await recorded(.pauseSchedule, of: name, by: `operator`, hasChanged: \.self) {
            () throws(JobError) -> Bool in
            switch try await store.pause(schedule: name) {
            case nil: return true
            case .already: return false
            case let other?: throw other.error(name)
            }
        }
    }

    /// Resumes a paused schedule: it fires at once and then goes on by its cron.
    ///
    /// This also enables a schedule that was disabled because no program declares it any more.
    ///
    /// - Returns: The job; nil when the schedule was neither paused nor disabled.
    /// - Throws: ``JobError`` with the code `notFound` when there is no such schedule.
    @discardableResult
    public func resumeSchedule(_ name: String, by operator: Operator) async throws(JobError) -> JobID? {
        let name = try await present(name)
        return try await recorded(.resumeSchedule, of: name, by: `operator`, hasChanged: { $0 != nil }) {
            () throws(JobError) in
            try await resumeSchedule(name)
        }
    }

    private func resumeSchedule(_ name: String) async throws(JobError) -> JobID? {
        var isEnabled = false
        let job = try await fire(name, "resumed") { record, job throws(JobError) in
            guard record.pausedAt != nil || record.disabledAt != nil else {
                isEnabled = true
                return nil
            }
            let refusal = try await self.store.resume(record, job)
            isEnabled = refusal == .enabled
            return isEnabled ? nil : refusal
        }
        return isEnabled ? nil : job
    }

    /// Runs a schedule's job now, even while the schedule is paused.
    ///
    /// Its next slot stays as it is.
    ///
    /// - Returns: The job.
    /// - Throws: ``JobError`` with the code `notFound` when there is no such schedule.
    @discardableResult
    public func runSchedule(_ name: String, by operator: Operator) async throws(JobError) -> JobID {
        let name = try await present(name)
        return try await recorded(.runSchedule, of: name, by: `operator`) { () throws(JobError) in
            try await fire(name, "run") { record, job throws(JobError) in try await self.store.run(record, job) }
        }
    }

    /// Removes a schedule with its ledger.
    ///
    /// A schedule that a program declares comes back at the next start of that program.
    ///
    /// - Returns: False when there was no such schedule.
    @discardableResult
    public func removeSchedule(_ name: String, by operator: Operator) async throws(JobError) -> Bool {
        let name = try Name.checked(name, field: "schedule")
        return try await recorded(.removeSchedule, of: name, by: `operator`, hasChanged: \.self) {
            () throws(JobError) in
            try await store.remove(schedule: name) == nil
        }
    }

    /// Checks that a schedule exists; a change to one that does not exist is not noted.
    private func present(_ name: String) async throws(JobError) -> String {
        guard try await schedule(name) != nil else { throw JobStore.ScheduleRefusal.gone.error(name) }
        return name
    }

    /// Makes the leader hand over to another worker; it is not elected again for one lease.
    ///
    /// - Returns: The worker that led; nil when there was no leader.
    @discardableResult
    public func resignLeader(by operator: Operator) async throws(JobError) -> String? {
        try await recorded(.resignLeader, of: "leader", by: `operator`, hasChanged: { $0 != nil }) {
            () throws(JobError) in
            try await resignLeader()
        }
    }

    private func resignLeader() async throws(JobError) -> String? {
        guard let leader = try await leader() else { return nil }
        guard try await store.resign(leader.worker) else { return nil }
        do throws(JobError) {
            try await store.offerLead()
        } catch {
            // The leader has resigned. In an outage, above all with a full memory, the other workers wait for the end
            // of its lease.
            guard error.redis?.isOutage == true else { throw error }
        }
        return leader.worker
    }

    /// Puts a job of the schedule into the pending list and delivers it to its queue.
    private func fire(
        _ name: String,
        _ word: String,
        _ put: (ScheduleRecord, PendingJob) async throws(JobError) -> JobStore.ScheduleRefusal?
    ) async throws(JobError) -> JobID {
        let name = try Name.checked(name, field: "schedule")
        let job = try await again(name) { () throws(JobError) -> JobID? in
            guard let record = try await self.schedule(name) else { throw JobStore.ScheduleRefusal.gone.error(name) }
            guard let schedule = record.schedule else { throw JobError(.invalid, record.problem ?? "") }
            let job = try PendingJob(schedule, word)
            switch try await put(record, job) {
            case nil: return job.id
            case .changed: return nil
            case let other?: throw other.error(name)
            }
        }
        do throws(JobError) {
            let left = try await Delivery(store).run()
            if left.jobs.contains(job), let error = left.error { throw error }
        } catch {
            throw JobError(
                error.code,
                "\(job) is noted, and the leader will deliver it: \(error.message)",
                redis: error.redis
            )
        }
        return job
    }

    /// Repeats an attempt, five times at most, until nobody else has changed the schedule meanwhile.
    private func again<Result>(
        _ name: String,
        _ attempt: () async throws(JobError) -> Result?
    ) async throws(JobError) -> Result {
        for _ in 1...5 {
            if let result = try await attempt() { return result }
        }
        throw JobError(.refused, "schedule \(name) is being changed all the time; try again")
    }
}

extension JobStore.ScheduleRefusal {
    func error(_ name: String) -> JobError {
        switch self {
        case .gone: JobError(.notFound, "there is no schedule \(name)")
        case .full: JobError(.refused, "1,000 jobs of schedules wait for their queues; see what holds them up first")
        case .changed, .already, .enabled: JobError(.refused, "schedule \(name): \(rawValue)")
        }
    }
}
