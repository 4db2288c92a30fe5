internal import Foundation
internal import Logging
internal import Martlet
internal import MartletWorker

/// What the harness's jobs do.
///
/// Writes down each run and how it ended.
struct ChaosHandler: JobHandler {
    let client: JobClient
    let history: HistoryFile
    let queue: String

    func run(_ job: ChaosJob, _ context: JobContext) async throws {
        note(.run, context, "")
        do {
            try await work(job, context)
            note(.ran, context, Task.isCancelled ? "cancelled" : "returned")
        } catch {
            note(.ran, context, error is CancellationError ? "cancelled" : "threw")
            throw error
        }
    }

    private func work(_ job: ChaosJob, _ context: JobContext) async throws {
        let pause = Duration.milliseconds(job.milliseconds)
        func say(_ number: Int) { context.logger.info("token \(context.token) line \(number)") }
        switch job.kind {
        case .plain, .forget: break
        case .sleep: try await Task.sleep(for: pause)
        case .hold:
            for number in 1...max(1, job.milliseconds / 100) {
                say(number)
                try await Task.sleep(for: .milliseconds(100))
            }
        case .fail:
            try await Task.sleep(for: pause)
            if context.attempt <= 2 { throw ChaosError("attempt \(context.attempt) fails") }
        case .giveUp: throw JobSignal.fail("given up")
        case .snooze:
            // A snooze leaves no trace in the attempt; the millisecond in the token is as good as drawn, though the
            // jobs of a claim share it.
            let drawn = context.token / 1000 + Int(context.id.local.utf8.last ?? 0)
            if drawn % 2 == 1 { throw JobSignal.snooze(for: pause) }
        case .warn: context.warning("something is odd")
        case .log:
            say(1)
            say(2)
            try await Task.sleep(for: pause)
            say(ChaosJob.lines)
        case .progress:
            context.progress(0.3, "token \(context.token)")
            try await Task.sleep(for: pause)
            context.progress(0.9, "token \(context.token)")
        case .spawn:
            try await client.enqueue(ChaosJob(kind: .plain), id: job.target, options: JobOptions(queue: queue))
        case .verify:
            if job.target == ChaosJob.broken {
                _ = try await client.inspector.repair(queue: queue, by: Operator("chaos"))
            } else {
                _ = try await client.inspector.verify(queue: queue)
            }
        case .schedule: try await operate(schedule: Clockwork.beginnings[1] + context.id.local)
        case .operate: try await operate()
        case .bury:
            let store = client.store
            let held = try await store.running(of: ChaosJob.ghost, queue: queue)
            try await store.bury(
                held,
                queue: queue,
                worker: ChaosJob.ghost,
                death: .signal("SIGKILL"),
                alone: held.count == 1,
                crashLimit: 3
            )
        case .restart:
            try await tolerant { try await client.inspector.restart($0, by: Operator("chaos")) }(job)
        case .cancel:
            try await tolerant { _ = try await client.inspector.cancel($0, by: Operator("chaos")) }(job)
        }
    }

    /// As an operator would, of whom the audit list tells.
    private func operate() async throws {
        let inspector = client.inspector
        let job = try NewJob(
            ChaosJob(kind: .plain),
            id: Clockwork.beginnings[1] + "1.1",
            options: JobOptions(queue: queue),
            start: .after(.seconds(3600))
        )
        _ = try await client.enqueue([job])
        _ = try await inspector.change(JobChangeRequest(.delete, [job.id], scope: queue, by: Operator("chaos")))
        _ = try await inspector.pause(queue: queue, by: Operator("chaos"))
        _ = try await inspector.resume(queue: queue, by: Operator("chaos"))
    }

    /// Its slots are four years apart: what it fires, it is told to.
    private func operate(schedule name: String) async throws {
        let inspector = client.inspector
        let schedule = try Schedule(
            name,
            cron: "0 0 29 2 *",
            type: ChaosJob.jobType,
            json: Clockwork.payload,
            options: JobOptions(queue: queue)
        )
        do throws(JobError) {
            let program = DeclaringProgram(id: ChaosJob.ghost)
            _ = try await client.store.declare([schedule], by: program)
            _ = try await client.store.redeclare([name: ""], by: program)
            _ = try await client.store.undeclare([name: 0], leader: ChaosJob.ghost, term: 0)
            try await inspector.setSchedule(name, ScheduleEdit(overlap: .allow), by: Operator("chaos"))
            try await inspector.pauseSchedule(name, by: Operator("chaos"))
            try await inspector.runSchedule(name, by: Operator("chaos"))
            try await inspector.resumeSchedule(name, by: Operator("chaos"))
            try await inspector.removeSchedule(name, by: Operator("chaos"))
        } catch {
            // An earlier attempt goes on after it was frozen, and has removed it.
            guard error.code == .notFound else { throw error }
        }
    }

    /// Operates on a job's target; one that is not there or not in a state for it is fine.
    private func tolerant(_ operate: @escaping (JobID) async throws -> Void) -> (ChaosJob) async throws -> Void {
        { job in
            guard let target = job.target else { return }
            do {
                try await operate(JobID(queue: queue, local: target))
            } catch let error as JobError where error.code == .notFound || error.code == .refused {
                return  // as it may be by chance
            }
        }
    }

    private func note(_ kind: HistoryEvent.Kind, _ context: JobContext, _ word: String) {
        history.add(
            HistoryEvent(
                time: HistoryFile.now,
                kind: kind,
                job: context.id.local,
                token: context.token,
                attempt: context.attempt,
                word: word
            )
        )
    }
}
