internal import Logging
internal import MartletWorker
internal import ServiceLifecycle

/// A worker, and the services that run beside it and end when it has ended.
struct WorkerCrew: Sendable {
    let worker: Worker
    var companions: [any Service] = []
}

/// Runs one worker after the other in one process: a successor works at once, while its predecessor stops.
///
/// It ends when the last worker has ended, or when one of them has failed.
struct WorkerSuccession: Service {
    private enum Event: Sendable {
        case successor(WorkerCrew)
        /// A worker ended, with the error when it failed.
        case ended((any Error)?)
    }

    private let first: WorkerCrew
    private let logger: Logger
    private let events: AsyncStream<Event>
    private let tell: AsyncStream<Event>.Continuation

    init(_ first: WorkerCrew, logger: Logger) {
        self.first = first
        self.logger = logger
        (events, tell) = AsyncStream.makeStream()
    }

    /// Makes another worker take over.
    func takeOver(_ crew: WorkerCrew) {
        tell.yield(.successor(crew))
    }

    func run() async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            var running = 1
            var current = start(first, in: &group)
            for await event in events {
                switch event {
                case .successor(let crew):
                    let old = current
                    running += 1
                    current = start(crew, in: &group)
                    await old.triggerGracefulShutdown()
                case .ended(let error?): throw error
                case .ended(nil):
                    running -= 1
                    if running == 0 { return }
                }
            }
        }
    }

    /// Starts a worker in a service group of its own, so that it can be stopped alone.
    ///
    /// A stop of all workers reaches it, too.
    private func start(
        _ crew: WorkerCrew,
        in group: inout ThrowingTaskGroup<Void, any Error>
    ) -> ServiceGroup {
        let alone = ServiceGroup(
            configuration: ServiceGroupConfiguration(
                // The last one is told to stop first.
                services: crew.companions.map { .init(service: $0) } + [
                    .init(service: crew.worker, successTerminationBehavior: .gracefullyShutdownGroup)
                ],
                logger: logger
            )
        )
        group.addTask {
            do {
                try await alone.run()
                tell.yield(.ended(nil))
            } catch {
                tell.yield(.ended(error))
            }
        }
        return alone
    }
}
