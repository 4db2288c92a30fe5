internal import Logging
internal import Martlet
internal import NIOCore
internal import RedisClient

/// The values that the parts of one worker share.
struct WorkerContext: Sendable {
    /// The worker's id.
    let id: String
    let client: JobClient
    let configuration: WorkerConfiguration
    /// The queues it claims from, sorted.
    let queues: [String]
    /// The job types that the worker has handlers for, sorted, with the options of each type.
    let handledTypes: [HandledType]
    let running: RunningJobs
    let stop: StopRequest
    let stuck: StuckHandlers
    let vitals = Vitals()
    let leadership = Leadership()
    let logger: Logger

    init(id: String, client: JobClient, configuration: WorkerConfiguration, handlers: JobHandlers, logger: Logger) {
        self.id = id
        self.client = client
        self.configuration = configuration
        self.queues = configuration.queues.queues
        self.handledTypes = handlers.handledTypes
        self.running = RunningJobs(
            concurrency: configuration.concurrency,
            freed: WakeUp(eventLoop: client.store.redis.eventLoop)
        )
        self.stop = StopRequest(signal: WakeUp(eventLoop: client.store.redis.eventLoop))
        self.stuck = StuckHandlers(
            limit: configuration.maxStuck ?? configuration.concurrency,
            stop: stop,
            logger: logger
        )
        self.logger = logger
    }

    var store: JobStore { client.store }
    /// The event loop of the connection to Redis, for whatever must not wait for Swift's pool of threads.
    var eventLoop: any EventLoop { client.store.redis.eventLoop }

    func makeWakeUp() -> WakeUp { WakeUp(eventLoop: eventLoop) }
}
