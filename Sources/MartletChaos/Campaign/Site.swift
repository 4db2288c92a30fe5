internal import Logging
internal import Martlet
internal import MartletScripts
internal import MartletTesting
internal import RedisClient
internal import ProcessSupervision

/// Everything that a run consists of.
struct Site: Sendable {
    let server: RedisServer
    let proxy: Proxy
    let fleet: Fleet
    let clock: ClockShim?
    let journal: Journal
    let historyFolder: String
    /// Past the proxy, unrecorded: for the harness's own questions.
    let client: JobClient
    let redis: RedisClient
    /// Through the proxy, recorded.
    let producer: JobClient
    let history: HistoryFile

    /// The Redis user that the workers are.
    static let user = "fleet"

    init(_ campaign: Campaign, _ server: RedisServer, _ folder: String) async throws {
        self.server = server
        clock = campaign.clock
        historyFolder = folder + "/history"
        journal = try Journal(dataFolder: folder + "/data", folder: folder + "/journal")
        history = try HistoryFile(path: historyFolder + "/harness.jsonl")
        var manners = campaign.profile.manners
        manners.hidesNoScript = campaign.mutant?.hidesNoScript ?? false
        proxy = try await Proxy.start(to: server.socketPath, seed: campaign.seed, manners: manners)
        fleet = Fleet(
            .init(
                folder: historyFolder,
                url: proxy.url.replacing("://", with: "://\(Self.user):x@"),
                lease: campaign.profile.lease,
                concurrency: campaign.profile.concurrency,
                mutant: campaign.mutant?.name
            ),
            history: history
        )
        let silent = Logger(label: "chaos") { _ in SwiftLogNoOpLogHandler() }
        var direct = try RedisConfiguration(url: "unix://\(server.socketPath)")
        direct.commandDeadline = .seconds(20)
        redis = RedisClient(direct, logger: silent)
        client = try JobClient(
            redis,
            prefix: ChaosClient.prefix,
            library: campaign.mutant?.library ?? ScriptLibrary(),
            logger: silent
        )
        producer = try ChaosClient.make(
            url: proxy.url,
            history: HistoryFile(path: historyFolder + "/producer.jsonl"),
            mutant: campaign.mutant,
            level: .critical
        )
    }

    func close() async {
        fleet.killAll()
        await producer.close()
        await client.close()
        do {
            try await proxy.stop()
        } catch {
            history.add(HistoryEvent(time: HistoryFile.now, kind: .fault, what: "proxy not closed"))
        }
    }
}
