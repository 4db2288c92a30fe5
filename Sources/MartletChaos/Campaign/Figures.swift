/// What happened in a run, in numbers.
struct Figures: Sendable, Encodable {
    var jobs = 0
    var runs = 0
    var finished = 0
    var rescues = 0
    var releases = 0
    var refused = 0
    var already = 0
    var faults: [String: Int] = [:]
    var replies = 0
    var dropped = 0
    var blackHoles = 0
    var recoveries = 0
    var recoveryP50 = 0
    var recoveryP99 = 0
    var resumptions = 0
    var resumptionP50 = 0
    var resumptionMax = 0
    var slots = 0
    var slotGapMax = 0
    var slotRefusals = 0
    var terms = 0
    var wallSeconds = 0.0
    var drainSeconds = 0.0

    var wall: Duration = .zero { didSet { wallSeconds = Self.seconds(wall) } }
    var drain: Duration = .zero { didSet { drainSeconds = Self.seconds(drain) } }

    private enum CodingKeys: String, CodingKey {
        case jobs, runs, finished, rescues, releases, refused, already, faults, replies, dropped, blackHoles
        case recoveries, recoveryP50, recoveryP99, resumptions, resumptionP50, resumptionMax
        case slots, slotGapMax, slotRefusals, terms, wallSeconds, drainSeconds
    }

    mutating func note(_ oracle: Oracle, profile: Profile, proxy: Proxy.Figures) {
        let traces = oracle.model.jobs.filter { JobNames.isName($0.key) }.values
        jobs = traces.count
        finished = traces.reduce(0) { $0 + $1.ends.count }
        rescues = traces.reduce(0) { $0 + $1.leaves.count { $0.kind == .rescued } }
        releases = traces.reduce(0) { $0 + $1.leaves.count { $0.kind == .waiting } }
        runs = oracle.stories.jobs.values.reduce(0) { $0 + $1.runs.count }
        let answers = oracle.stories.jobs.values.lazy.flatMap(\.answers)
        refused = answers.count { $0.word == "stale" || $0.word == "gone" }
        already = answers.count { $0.word == "already" }
        faults = oracle.stories.faults
        (replies, dropped, blackHoles) = (proxy.replies, proxy.dropped, proxy.blackHoles)
        let times = oracle.stories.recoveries.sorted()
        recoveries = times.count
        recoveryP50 = Self.quantile(times, 0.5)
        recoveryP99 = Self.quantile(times, 0.99)
        let back = oracle.stories.resumptions.sorted()
        resumptions = back.count
        resumptionP50 = Self.quantile(back, 0.5)
        resumptionMax = back.last ?? 0
    }

    mutating func note(_ findings: Clockwork.Findings) {
        (slots, slotGapMax) = (findings.fired, findings.longestGap)
        (slotRefusals, terms) = (findings.refused, findings.terms)
    }

    /// What of the figures themselves is promised.
    func violations(_ profile: Profile) -> [Violation] {
        var found: [Violation] = []
        let limit = Int((profile.lease + .milliseconds(1500)) / .milliseconds(1))
        // A clock that leaps makes leases as long or short as it likes.
        if profile.clockSteps == 0, recoveryP99 > limit {
            found.append(Violation(.recovery, "", "p99 after SIGKILL is \(recoveryP99) ms, promised are \(limit) ms"))
        }
        if profile.clockSteps == 0, resumptionMax > 5000 {
            found.append(
                Violation(.outage, "", "work went on only \(resumptionMax) ms after an outage, not within 5 s")
            )
        }
        if profile.sparesWorkers, rescues > 0 {
            found.append(Violation(.outage, "", "\(rescues) attempts were spent although every worker lived"))
        }
        return found
    }

    static func quantile(_ sorted: [Int], _ share: Double) -> Int {
        sorted.isEmpty ? 0 : sorted[min(sorted.count - 1, Int(Double(sorted.count) * share))]
    }

    private static func seconds(_ duration: Duration) -> Double {
        (duration / .milliseconds(10)).rounded() / 100
    }
}
