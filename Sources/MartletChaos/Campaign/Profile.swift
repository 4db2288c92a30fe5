/// How much load, and how much trouble.
struct Profile: Sendable {
    var name: String
    var jobs: Int
    var workers = 4
    var concurrency = 20
    var lease = Duration.seconds(1)
    static let leaderLease = Duration.seconds(1)
    /// The time over which jobs come in and faults happen.
    var span: Duration
    var kills = 0
    var freezes = 0
    var terminations = 0
    var redisKills = 0
    var scriptFlushes = 0
    var clientKills = 0
    var memoryShortages = 0
    /// Leaps of Redis's clock, forth and back.
    var clockSteps = 0
    /// Every connection cut, or Redis away for 0 to 10 seconds, one after the other with a pause between them.
    var outages = 0
    /// Redis stands still for longer than a lease, and goes on.
    var redisFreezes = 0
    /// The workers' user loses a right for a moment, so that scripts break off between two writes.
    var rightsTaken = 0
    /// Bytes that every tenth payload has.
    var payload = 0
    /// Schedules that fire each second.
    var schedules = 0
    /// The leader is killed or frozen once in this time.
    var leaderLosses: Duration?
    var manners = Proxy.Manners()
    /// No worker was ever gone for as long as a lease.
    var sparesWorkers: Bool {
        kills + freezes + terminations + clockSteps + rightsTaken == 0 && leaderLosses == nil && lease >= .seconds(3)
    }
    /// Nothing was done to anybody: each job must have run exactly as often as it asked for.
    var isFaultFree: Bool {
        kills + freezes + terminations + redisKills + clockSteps + outages + redisFreezes + rightsTaken == 0
            && leaderLosses == nil
            && manners.dropsPerMille == 0
    }

    /// On every commit.
    static let commit = Profile(
        name: "commit",
        jobs: 20_000,
        span: .seconds(60),
        kills: 100,
        freezes: 15,
        terminations: 12,
        redisKills: 5,
        scriptFlushes: 5,
        clientKills: 5,
        memoryShortages: 3,
        manners: .init(dropsPerMille: 10, cutsPerMille: 20, delaysPerMille: 150)
    )

    /// When asked for: `scale` 1 is a million jobs.
    static func long(scale: Double) -> Profile {
        func scaled(_ number: Int) -> Int { max(1, Int(Double(number) * scale)) }
        return Profile(
            name: "long",
            jobs: scaled(1_000_000),
            span: .seconds(Double(scaled(2400))),
            kills: scaled(5000),
            freezes: scaled(500),
            terminations: scaled(500),
            redisKills: scaled(200),
            scriptFlushes: scaled(500),
            clientKills: scaled(200),
            memoryShortages: scaled(100),
            manners: commit.manners
        )
    }

    /// Schedules under leaders that do not live long: each slot is fired once, and in time.
    static func ticks(scale: Double) -> Profile {
        Profile(
            name: "ticks",
            jobs: 500,
            workers: 5,
            span: .seconds(max(10, 120 * scale)),
            redisKills: max(1, Int(5 * scale)),
            schedules: 50,
            leaderLosses: .seconds(2)
        )
    }

    /// Redis's clock leaps by up to three seconds.
    static let clock = Profile(
        name: "clock",
        jobs: 5000,
        span: .seconds(25),
        kills: 15,
        freezes: 3,
        redisKills: 1,
        clockSteps: 40,
        manners: commit.manners
    )

    /// Nothing but outages, with the lease that workers have by default: no attempt may be spent, and work goes on.
    static func outages(scale: Double) -> Profile {
        let count = max(2, Int(100 * scale))
        return Profile(
            name: "outages",
            jobs: count * 200,
            lease: .seconds(30),
            span: .seconds(4 * count),
            outages: count
        )
    }

    /// Nothing but lost replies and cut connections: every worker lives, so no attempt may be spent.
    static let losses = Profile(
        name: "losses",
        jobs: 4000,
        lease: .seconds(10),
        span: .seconds(10),
        clientKills: 5,
        manners: commit.manners
    )

    /// Redis stands still for one and a half leases, again and again, while jobs run: no attempt may be spent, although
    /// the lease is short.
    static func pauses(scale: Double) -> Profile {
        let count = max(2, Int(20 * scale))
        return Profile(
            name: "pauses",
            jobs: count * 150,
            lease: .seconds(3),
            span: .seconds(9 * count),
            redisFreezes: count
        )
    }

    /// The workers' user loses a right that scripts need, and gets it back: what was left half-written heals.
    static let rights = Profile(
        name: "rights",
        jobs: 6000,
        span: .seconds(40),
        rightsTaken: 8
    )

    /// Many places and payloads at the limit: no worker may stall over the reply to its claim.
    static let large = Profile(
        name: "large",
        jobs: 4000,
        workers: 2,
        concurrency: 1000,
        lease: .seconds(10),
        span: .seconds(20),
        kills: 2,
        clientKills: 3,
        payload: (256 << 10) - 200
    )

    /// What a mutant must not survive.
    static let small = Profile(
        name: "small",
        jobs: 1500,
        span: .seconds(6),
        kills: 8,
        freezes: 4,
        terminations: 4,
        redisKills: 1,
        scriptFlushes: 2,
        clientKills: 1,
        manners: commit.manners
    )

    /// The workload of a point: the visit brings its own.
    static func point(_ point: FaultPoint) -> Profile {
        Profile(name: "point", jobs: 0, workers: 1, span: .zero, schedules: point.script.part == .schedules ? 3 : 0)
    }

    /// No faults at all.
    static let calm = Profile(name: "calm", jobs: 5000, span: .seconds(8))
}
