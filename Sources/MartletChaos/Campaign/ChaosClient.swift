internal import Foundation
internal import Logging
internal import Martlet
internal import MartletScripts
internal import RedisClient

/// How the processes of a run make their client: impatient, so that a black hole costs a second and not five, and with
/// every script call written down.
enum ChaosClient {
    static let queue = "chaos"
    static let prefix = "chaos"

    static func make(
        url: String,
        history: HistoryFile,
        mutant: Mutant?,
        fault: FaultTrigger? = nil,
        level: Logger.Level
    ) throws -> JobClient {
        var configuration = try RedisConfiguration(url: url)
        configuration.commandDeadline = .seconds(1)
        configuration.connectDeadline = .seconds(1)
        var logger = Logger(label: "chaos") { StreamLogHandler.standardError(label: $0) }
        logger.logLevel = level
        let recorder = CallRecorder(history: history)
        let redis = RedisClient(configuration, logger: logger)
        // The process may have to break off before it reads a reply.
        if fault != nil { redis.leaveAllToEventLoop() }
        return try JobClient(
            redis,
            prefix: prefix,
            library: mutant?.library ?? ScriptLibrary(),
            logger: logger,
            tap: { script, arguments, moment in
                recorder.record(script, arguments, moment)
                fault?.pass(script, moment)
            }
        )
    }
}
