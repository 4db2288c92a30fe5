internal import ArgumentParser
internal import Foundation

struct RunCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run",
        abstract: "Run a profile and print what came of it; exit with 1 when a promise was not kept.",
        discussion: """
            commit  20,000 jobs, 4 processes, 100 SIGKILL, 15 SIGSTOP, 5 SIGKILL of Redis, 1 % of replies lost
            long    1,000,000 jobs, 5,000 SIGKILL, 200 SIGKILL of Redis, times --scale
            clock   5,000 jobs while the clock of Redis leaps
            outages 100 times all connections cut or Redis away up to 10 s, times --scale: work goes on within 5 s
            losses  4,000 jobs with lost replies only: no attempt is spent
            pauses  20 times Redis stands still for 4.5 s while leases have 3 s, times --scale: no attempt is spent
            rights  the workers' user loses a right 8 times, between the writes of its scripts: all of it heals
            large   payloads at the limit and 1,000 places: no worker may stall over what it claims
            busy    20 fleets of full workers lose one: its job runs again within --lease and the longest job
            calm    5,000 jobs and no faults: each runs exactly once
            ticks   50 schedules that fire each second for 2 minutes, times --scale; the leader dies or freezes every 2 s
            points  every script, broken off before it is sent, after, and after its reply
            """
    )
    enum Choice: String, CaseIterable, ExpressibleByArgument {
        case commit, long, clock, outages, losses, pauses, rights, large, busy, calm, ticks, points
    }

    @Argument(help: "Run this profile.")
    var profile = Choice.commit
    @Flag(help: "Put bugs in, one after the other, and check that each is caught.")
    var mutants = false
    @Option(help: "Reproduce the plan of faults and load of this seed. Default: one that is drawn, and printed.")
    var seed: UInt64?
    @Option(help: "Run this share of long, outages, pauses or ticks.")
    var scale = 1.0
    @Option(help: "Use this lease in seconds, for busy.")
    var lease = 3.0
    @Option(help: "Run this many fleets at the same time, each on a Redis of its own, for busy.")
    var fleets = 20
    @Option(help: "Run only the points or mutants whose name contains this.")
    var only = ""
    @Flag(help: "Keep the histories also when all went well.")
    var keep = false

    func run() async throws {
        let seed = seed ?? UInt64.random(in: 1...999_999)
        let isGood: Bool
        if mutants {
            isGood = try await MutantHunt(seed: seed, only: only).run()
        } else {
            switch profile {
            case .commit: isGood = try await single(.commit, seed)
            case .long: isGood = try await single(.long(scale: scale), seed)
            case .clock: isGood = try await single(.clock, seed)
            case .outages: isGood = try await single(.outages(scale: scale), seed)
            case .losses: isGood = try await single(.losses, seed)
            case .pauses: isGood = try await single(.pauses(scale: scale), seed)
            case .rights: isGood = try await single(.rights, seed)
            case .large: isGood = try await single(.large, seed)
            case .busy: isGood = try await BusyFleet(lease: .seconds(lease), fleets: fleets).run()
            case .calm: isGood = try await single(.calm, seed)
            case .ticks: isGood = try await single(.ticks(scale: scale), seed)
            case .points: isGood = try await PointTour(seed: seed, only: only).run()
            }
        }
        if !isGood { throw ExitCode(1) }
    }

    private func single(_ profile: Profile, _ seed: UInt64) async throws -> Bool {
        Self.say("\(profile.name), seed \(seed)")
        var campaign = Campaign(profile: profile, seed: seed)
        campaign.keepsFolder = keep
        if profile.clockSteps > 0 { campaign.clock = try ClockShim.install() }
        campaign.progress = Self.say
        let result = try await campaign.run()
        try campaign.clock?.remove()
        try Report(profile: profile.name, seed: seed, result: result).print()
        return result.violations.isEmpty
    }

    /// Progress goes to stderr, results to stdout.
    @Sendable static func say(_ text: String) {
        FileHandle.standardError.write(Data("\(text)\n".utf8))
    }
}
