internal import Foundation
internal import Martlet

/// A run of Martlet and its peers.
///
/// Each round measures all of them, so that what disturbs the machine disturbs all alike.
struct PeerRun {
    let sizes: PeerSizes
    let rounds: Int
    /// The program that runs Python with the packages of the peers; nil for the one that `--install` made, or python3.
    let python: String?
    let installs: Bool
    let json: Bool

    func run() async throws {
        guard FileManager.default.fileExists(atPath: ProgramPeer.folder) else {
            throw BenchError("there is no \(ProgramPeer.folder): run ops/bench")
        }
        let environment = KnownPeers.environment
        if installs { try await PeerProgram(arguments: ["\(ProgramPeer.folder)/install", environment]).run() }
        let made = "\(environment)/bin/python"
        let python = python ?? (FileManager.default.isExecutableFile(atPath: made) ? made : "python3")
        let known = try await KnownPeers.find(python: python)
        for reason in known.skipped { say(reason) }
        say("measured: Martlet\(known.versions.map { ", \($0)" }.joined()); \(rounds) round\(rounds == 1 ? "" : "s")")
        let martlet = BenchSettings.allCases.map { MartletPeer(settings: $0) }
        let ceilings = BenchSettings.allCases.map { CeilingPeer(settings: $0) }
        let peers: [any Peer] = [martlet[0]] + known.found + [martlet[1]] + ceilings
        var table = PeerTable()
        for round in 1...rounds {
            for peer in peers {
                say("round \(round): \(peer.name)")
                for measured in try await peer.measure(sizes) {
                    table.add(measured, of: peer.name)
                    guard json else { continue }
                    var line = try measured.json()
                    line.append("peer", peer.name)
                    line.append("round", round)
                    print(line.text)
                }
            }
        }
        guard !json else { return }
        table.print(peers.map(\.name), reference: "Sidekiq")
        print("\n\(rounds == 1 ? "one round" : "medians of \(rounds) rounds"); in brackets: times Sidekiq's\n")
        for goal in PeerGoal.all(table) { print(goal.line) }
    }

    private func say(_ line: String) {
        FileHandle.standardError.write(Data("\(line)\n".utf8))
    }
}
