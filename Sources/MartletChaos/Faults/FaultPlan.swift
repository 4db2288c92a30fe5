/// Which faults happen when: drawn from the seed alone, so that the same seed gives the same plan.
struct FaultPlan: Sendable {
    enum Verb: Sendable, Equatable {
        case kill(place: Int)
        case freeze(place: Int, for: Duration)
        case terminate(place: Int)
        case killLeader
        case freezeLeader(for: Duration)
        case killRedis(down: Duration)
        case freezeRedis(for: Duration)
        case takeRight(String, for: Duration)
        case flushScripts
        case killClients
        case shortenMemory(for: Duration)
        /// Sets how far Redis's clock is ahead.
        case stepClock(to: Duration)
    }
    struct Fault: Sendable {
        let at: Duration
        let verb: Verb
    }

    let faults: [Fault]
    /// Each fault waits until work has gone on after the one before.
    let isSpaced: Bool
    static let longestStep = Duration.seconds(3)

    init(_ profile: Profile, seed: UInt64) {
        var random = SeededRandom(seed: seed, part: "faults")
        var faults: [Fault] = []
        func add(_ count: Int, _ verb: (inout SeededRandom) -> Verb) {
            for _ in 0..<count {
                let at = profile.span * Double.random(in: 0.03...0.97, using: &random)
                faults.append(Fault(at: at, verb: verb(&random)))
            }
        }
        func place(_ random: inout SeededRandom) -> Int { .random(in: 0..<profile.workers, using: &random) }
        add(profile.kills) { .kill(place: place(&$0)) }
        add(profile.freezes) { random in
            let place = place(&random)
            return .freeze(place: place, for: profile.lease * Double.random(in: 1.2...2, using: &random))
        }
        add(profile.terminations) { .terminate(place: place(&$0)) }
        add(profile.redisKills) { .killRedis(down: .milliseconds(.random(in: 0...400, using: &$0))) }
        add(profile.scriptFlushes) { _ in .flushScripts }
        add(profile.clientKills) { _ in .killClients }
        add(profile.memoryShortages) { .shortenMemory(for: .milliseconds(.random(in: 100...600, using: &$0))) }
        add(profile.clockSteps) { .stepClock(to: Self.longestStep * Double.random(in: -1...1, using: &$0)) }
        if let period = profile.leaderLosses {
            for number in 1...Int(profile.span / period) {
                let freeze = Duration.milliseconds(.random(in: 1200...3000, using: &random))
                let isKill = random.hits(perMille: 500)
                faults.append(Fault(at: period * number, verb: isKill ? .killLeader : .freezeLeader(for: freeze)))
            }
        }
        for number in 0..<profile.redisFreezes {
            let share = (Double(number) + Double.random(in: 0.1...0.4, using: &random)) / Double(profile.redisFreezes)
            faults.append(Fault(at: profile.span * share, verb: .freezeRedis(for: profile.lease * 1.5)))
        }
        let rights = ["zadd", "zrem", "hset", "hdel", "expire", "rpush"]
        add(profile.rightsTaken) { random in
            let right = rights[.random(in: 0..<rights.count, using: &random)]
            return .takeRight(right, for: .milliseconds(.random(in: 100...1500, using: &random)))
        }
        var at = Duration.seconds(1)
        for number in 0..<profile.outages {
            let down = Duration.milliseconds(.random(in: 0...10_000, using: &random))
            faults.append(Fault(at: at, verb: number.isMultiple(of: 2) ? .killClients : .killRedis(down: down)))
            at += .seconds(1) + (number.isMultiple(of: 2) ? .zero : down)
        }
        self.isSpaced = profile.outages > 0
        self.faults = faults.sorted { $0.at < $1.at }
    }
}
