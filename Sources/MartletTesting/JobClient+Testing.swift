internal import Logging
public import Martlet
internal import MartletScripts
public import ProcessSupervision
internal import RedisClient

extension JobClient {
    /// Makes a client of a private server whose time can be moved with ``TestClock``.
    ///
    /// Close the client at the end.
    ///
    /// - Parameters:
    ///   - server: the server.
    ///   - prefix: the beginning of every key; by default one that no other client has, so that tests may share a
    ///     server.
    ///   - payloadLimit: the most bytes that a payload may have. Default 256 KiB.
    /// - Returns: the client.
    /// - Throws: `JobError` with the code `invalid` when the prefix is not acceptable.
    public static func forTesting(
        _ server: RedisServer,
        prefix: String = "test-" + String(UInt64.random(in: 0 ... .max), radix: 36),
        payloadLimit: Int = JobClient.defaultPayloadLimit
    ) throws(JobError) -> JobClient {
        try forTesting(server, prefix: prefix, payloadLimit: payloadLimit, as: nil)
    }

    /// Makes such a client that logs in as the user of a role.
    package static func forTesting(
        _ server: RedisServer,
        prefix: String,
        payloadLimit: Int = JobClient.defaultPayloadLimit,
        as role: Role?
    ) throws(JobError) -> JobClient {
        let logger = Logger(label: "martlet-testing") { _ in SwiftLogNoOpLogHandler() }
        let configuration: RedisConfiguration
        do {
            configuration = try RedisConfiguration(url: server.url(as: role))
        } catch {
            throw JobError(.invalid, "\(error)")
        }
        return try JobClient(
            RedisClient(configuration, logger: logger),
            prefix: prefix,
            payloadLimit: payloadLimit,
            library: ScriptLibrary(replacing: ["now": TestClock.include, "server_age": TestClock.oldServer]),
            logger: logger
        )
    }
}
