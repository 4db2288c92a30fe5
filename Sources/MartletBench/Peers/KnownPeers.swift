internal import Foundation
internal import RedisClient

/// The peers that the bench knows, as far as they are installed.
struct KnownPeers {
    /// The peers that are there, with their versions.
    private(set) var found: [ProgramPeer] = []
    private(set) var versions: [String] = []
    /// One sentence for each of the others: why it is left out, and how to install it.
    private(set) var skipped: [String] = []

    /// The environment of Python that `--install` makes.
    static var environment: String {
        let variables = ProcessInfo.processInfo.environment
        let cache = variables["XDG_CACHE_HOME"] ?? (variables["HOME"] ?? NSTemporaryDirectory()) + "/.cache"
        return cache + "/martlet-bench/peers"
    }

    /// Looks for the programs; `python` has the packages of the peers in Python.
    static func find(python: String) async throws -> KnownPeers {
        var known = KnownPeers()
        await known.look(
            sidekiq,
            version: ["sidekiq", "--version"],
            missing: "there is no sidekiq in PATH; apt-get install ruby-sidekiq (tried: Sidekiq 6.4.1)"
        )
        for (peer, package) in [(taskiq(python), "taskiq-redis"), (bullmq(python), "bullmq")] {
            let version =
                "import importlib.metadata, uvloop; print('\(peer.name)', importlib.metadata.version('\(package)'))"
            await known.look(
                peer,
                version: [python, "-c", version],
                missing: "\(python) has no \(package); python3 -m venv VENV && VENV/bin/pip install -r "
                    + "ops/peers/requirements.txt, which names the versions that were tried, and --python VENV/bin/python"
            )
        }
        return known
    }

    private mutating func look(_ peer: ProgramPeer, version: [String], missing: String) async {
        do {
            let printed = try await PeerProgram(arguments: version).run()
            found.append(peer)
            versions.append(printed.last ?? peer.name)
        } catch {
            skipped.append("\(peer.name) is left out: \(missing); or ops/bench --peers --install does both")
        }
    }

    private static let sidekiq = ProgramPeer(
        name: "Sidekiq",
        client: ["ruby", "\(ProgramPeer.folder)/sidekiq_peer.rb"],
        workers: Array(repeating: ["sidekiq", "-c", "10", "-r", "\(ProgramPeer.folder)/sidekiq_peer.rb"], count: 2),
        processes: 2,
        speed: .middle,
        hasBulk: true,
        rest: { try await $0.send(RedisCommand("LLEN", ["queue:default"])).int ?? 0 }
    )

    private static func taskiq(_ python: String) -> ProgramPeer {
        ProgramPeer(
            name: "Taskiq",
            client: [python, "\(ProgramPeer.folder)/taskiq_peer.py"],
            workers: [
                [python, "-m", "taskiq", "worker", "taskiq_peer:broker", "--workers", "2", "--log-level", "ERROR"]
            ],
            processes: 2,
            speed: .slow,
            hasBulk: false,
            rest: { redis in
                // The only group: what it was not given yet, and what it has not acknowledged.
                let group = try await redis.send(RedisCommand("XINFO", ["GROUPS", "taskiq"])).array?.first?.array ?? []
                let fields = Dictionary(
                    zip(group.indices, group).filter { $0.0 % 2 == 0 }.map { ($0.1.string, group[$0.0 + 1].int ?? 0) },
                    uniquingKeysWith: { $1 }
                )
                return (fields["lag"] ?? 0) + (fields["pending"] ?? 0)
            }
        )
    }

    private static func bullmq(_ python: String) -> ProgramPeer {
        ProgramPeer(
            name: "BullMQ",
            client: [python, "\(ProgramPeer.folder)/bullmq_peer.py"],
            workers: Array(repeating: [python, "\(ProgramPeer.folder)/bullmq_peer.py"], count: 2),
            processes: 2,
            speed: .slow,
            hasBulk: true,
            rest: { redis in
                let lists = ["bull:peer:wait", "bull:peer:active"].map { RedisCommand("LLEN", [RedisArgument($0)]) }
                return try await redis.send(lists).reduce(0) { try $0 + ($1.get().int ?? 0) }
            }
        )
    }
}
