internal import Algorithms
internal import Foundation
package import Logging
package import Martlet
package import MartletWorker
internal import RedisClient
internal import Synchronization
internal import UnixSignals

/// A supervisor that keeps worker processes running, and takes the jobs of one that died back at once.
///
/// 1. It starts the same program for each place, with `--worker-id`, so that it knows the id under which the process
///   works.
/// 2. A process that ends is replaced, after a pause that grows while processes die young.
/// 3. When a process died, its jobs are buried: `lua/job/bury.lua` takes them back with the signal or exit code in
///    their logs.
///   They run alone from then on, each on a worker that runs nothing else, until they have ended well or have used up
///   their crashes. If the process led, the leadership is given up for it.
///
/// The supervisor runs no jobs itself, so that no job can end it. SIGTERM and SIGINT go to all processes once, and the
/// supervisor waits until they have ended; a second signal kills them. SIGHUP goes to all processes as well: each says
/// itself whether it ends, and is then replaced by one that reads its configuration anew. Where ``Hangup`` says that a
/// terminal has closed, SIGHUP is a SIGTERM, but never the second one. The processes end with the supervisor in any
/// case: see ``Lifeline``.
package final class Supervisor: Sendable {
    private struct State {
        var processes: [ObjectIdentifier: SpawnedProcess] = [:]
        var signals = 0
    }
    private let client: JobClient
    private let configuration: WorkerConfiguration
    private let arguments: [String]
    private let lifeline: Lifeline
    private let logger: Logger
    private let hangup = Hangup.meaning
    private let state = Mutex(State())

    /// The path of the program, resolved once: a program that is replaced while it runs would have another name
    /// afterwards.
    private static let program = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath().path

    /// The age at which a process no longer dies young.
    private static let youth = Duration.seconds(10)
    /// The time after which a burial is given up and the leases of the dead worker's jobs have to do.
    private static let longestBurial = Duration.seconds(30)

    /// Makes a supervisor; `configuration` is that of the workers.
    ///
    /// A process is started with `arguments`, followed by `--worker-id` and the id.
    package init(_ client: JobClient, configuration: WorkerConfiguration, arguments: [String], logger: Logger) {
        self.client = client
        self.configuration = configuration
        self.arguments = arguments
        self.lifeline = Lifeline()
        self.logger = logger
    }

    /// Supervises until it is told to stop.
    ///
    /// - Returns: True when all processes ended by themselves; false when a second signal killed them.
    /// - Throws: ``JobError`` at the start: `unfit` when the server would lose jobs, `redis` when it cannot be reached.
    package func run(_ count: Int) async throws -> Bool {
        try await client.checkServer()
        try await client.store.checkRights(of: .worker, queues: configuration.queues.queues)
        let (stop, stopping) = AsyncStream.makeStream(of: Void.self)
        let signals = await UnixSignalsSequence(trapping: hangup.signals)
        await withDiscardingTaskGroup { group in
            group.addTask {
                for await signal in signals {
                    if signal == .sighup, self.isStopping {
                        // A terminal that closes may send it twice: by its shell, and when the shell has ended.
                        continue
                    } else if signal == .sighup, self.hangup == .reload {
                        self.passHangup()
                    } else {
                        self.passStop(signal)
                        stopping.finish()
                    }
                }
            }
            await withDiscardingTaskGroup { places in
                for _ in 0..<count {
                    places.addTask { await self.keep() }
                }
                for await _ in stop {}
                // This ends the pauses; processes that run are waited for.
                places.cancelAll()
            }
            group.cancelAll()
        }
        return state.withLock { $0.signals < 2 }
    }

    private var isStopping: Bool { state.withLock { $0.signals > 0 } }

    private func passHangup() {
        let processes = state.withLock { Array($0.processes.values) }
        logger.info("reloading", metadata: ["processes": "\(processes.count)"])
        for process in processes { process.signal(SIGHUP) }
    }

    private func passStop(_ signal: UnixSignal) {
        let (processes, count) = state.withLock { state in
            state.signals += 1
            return (Array(state.processes.values), state.signals)
        }
        logger.info("stopping", metadata: ["signal": "\(signal)", "processes": "\(processes.count)"])
        for process in processes {
            process.signal(count > 1 ? SIGKILL : SIGTERM)
        }
    }

    /// Keeps one place filled: with a process, and with the next one when it has ended.
    private func keep() async {
        var backoff = Backoff()
        while !isStopping {
            let start = ContinuousClock.now
            let worker = Worker.makeID()
            do {
                let process = try SpawnedProcess(
                    Self.program,
                    arguments + ["--worker-id", worker],
                    input: lifeline.end.fileDescriptor
                )
                let missed = state.withLock { state in
                    state.processes[ObjectIdentifier(process)] = process
                    return state.signals
                }
                // These signals went round before the process was there.
                if missed > 0 { process.signal(missed > 1 ? SIGKILL : SIGTERM) }
                let death = ProcessDeath(await process.end())
                let wasKilled = state.withLock { state in
                    state.processes[ObjectIdentifier(process)] = nil
                    return state.signals > 1
                }
                if let death, !wasKilled { await bury(worker, death) }
            } catch {
                logger.error("worker process not started", metadata: ["error": "\(error)"])
            }
            if ContinuousClock.now - start >= Self.youth { backoff = Backoff() }
            await pause(backoff.next())
        }
    }

    /// Takes back the jobs of a dead worker.
    private func bury(_ worker: String, _ death: ProcessDeath) async {
        let deadline = ContinuousClock.now + Self.longestBurial
        var backoff = Backoff()
        var suspicion = Suspicion()
        while true {
            do throws(JobError) {
                let count = try await takeBack(worker, death, &suspicion)
                logger.error("worker process \(death)", metadata: ["worker": "\(worker)", "jobs": "\(count)"])
                return
            } catch {
                logger.error(
                    "worker process \(death); its jobs are not taken back yet",
                    metadata: ["worker": "\(worker)", "error": "\(error)"]
                )
                // The rest is left to the leases.
                guard !Task.isCancelled, ContinuousClock.now < deadline else { return }
                await pause(backoff.next())
            }
        }
    }

    private func takeBack(
        _ worker: String,
        _ death: ProcessDeath,
        _ suspicion: inout Suspicion
    ) async throws(JobError) -> Int {
        var jobs: [String: [JobID]] = [:]
        // It may have read another configuration than this process has.
        let queues = Set(configuration.queues.queues).union(try await client.store.queues(of: worker))
        for queue in queues {
            jobs[queue] = try await client.store.running(of: worker, queue: queue)
        }
        let count = jobs.values.reduce(0) { $0 + $1.count }
        suspicion.look(found: count)
        for (queue, ids) in jobs {
            for some in ids.chunks(ofCount: 1000) {
                try await client.store.bury(
                    Array(some),
                    queue: queue,
                    worker: worker,
                    death: death,
                    alone: suspicion.isAlone,
                    crashLimit: configuration.crashLimit
                )
            }
        }
        try await client.store.withdraw(worker)
        // If the worker led, another one leads at once and not only after its lease.
        if configuration.standsForLeader, try await client.store.resign(worker) {
            try await client.store.offerLead(butNotTo: worker)
        }
        return count
    }

    /// Pauses, and ends early when everything stops.
    private func pause(_ duration: Duration) async {
        do {
            try await Task.sleep(for: duration)
        } catch {
            return  // cancelled: whoever paused looks whether to go on
        }
    }
}
