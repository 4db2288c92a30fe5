internal import ArgumentParser
internal import GRDB
internal import Logging
internal import Martlet
internal import MartletArchive
internal import MartletOutbox
internal import MartletScripts
internal import RedisClient

/// What the archive's and the outbox's processes have in common: where they work and where they die.
struct StepOptions: ParsableArguments {
    @Option var redis: String
    @Option var path: String
    @Option var step: String = ""
    @Option var visit: Int = 1

    var death: StepDeath { StepDeath(at: step, visit: visit) }

    func client(_ death: StepDeath) throws -> JobClient {
        let logger = Logger(label: "step") { StreamLogHandler.standardError(label: $0) }
        let redis = RedisClient(try RedisConfiguration(url: redis), logger: logger)
        redis.leaveAllToEventLoop()
        return try JobClient(redis, prefix: "martlet", library: ScriptLibrary(), logger: logger, tap: death.tap)
    }
}

/// An archiver that dies at a step.
///
/// For tests.
struct ArchiveStepCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "archive-step", shouldDisplay: false)

    @OptionGroup var options: StepOptions

    func run() async throws {
        let death = options.death
        var configuration = ArchiverConfiguration(after: .zero, interval: .milliseconds(20))
        // The next one does not wait long for this one's.
        configuration.lease = .milliseconds(500)
        let archiver = try Archiver(
            try options.client(death),
            path: options.path,
            configuration: configuration,
            tap: { death.pass($0.rawValue) }
        )
        try await archiver.run()
    }
}

/// A relay that dies at a step.
///
/// For tests.
struct RelayStepCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "relay-step", shouldDisplay: false)

    @OptionGroup var options: StepOptions

    func run() async throws {
        let death = options.death
        let relay = OutboxRelay(
            try Spool.open(options.path, keepUntilFinished: true),
            to: try options.client(death),
            confirmedBy: .redis,
            interval: .milliseconds(20),
            tap: { death.pass($0.rawValue) }
        )
        try await relay.run()
    }
}

/// An application that writes orders with a job each, every third of them rolled back, and dies at a step.
///
/// For tests.
struct ProduceStepCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "produce-step", shouldDisplay: false)

    static let steps = ["began", "ordered", "enqueued", "committed", "rolled back"]

    private struct Fulfil: Job {
        static let jobType = "fulfil"
        static let options = JobOptions(retention: .zero)
        let order: Int
    }

    @OptionGroup var options: StepOptions
    @Option var from: Int
    @Option var count: Int

    func run() async throws {
        let death = options.death
        var configuration = Configuration()
        configuration.busyMode = .timeout(10)
        let database = try DatabaseQueue(path: options.path, configuration: configuration)
        let outbox = try Outbox(database, keepUntilFinished: true)
        try await database.write { db in
            try db.execute(sql: "CREATE TABLE IF NOT EXISTS orders (number INTEGER PRIMARY KEY)")
        }
        for number in from..<from + count {
            try await database.writeWithoutTransaction { db in
                try db.inTransaction {
                    death.pass("began")
                    try db.execute(sql: "INSERT INTO orders VALUES (?)", arguments: [number])
                    death.pass("ordered")
                    try outbox.enqueue(Fulfil(order: number), id: "order-\(1_000_000 + number)", in: db)
                    death.pass("enqueued")
                    return number.isMultiple(of: 3) ? .rollback : .commit
                }
                death.pass(number.isMultiple(of: 3) ? "rolled back" : "committed")
            }
        }
    }
}
