internal import Martlet

/// What became of the slots of one schedule that fires each second.
struct SlotAccount {
    private let record: ScheduleRecord
    /// When a leader or Redis was lost, in order; nil when that is not known.
    private let losses: [Int64]?
    /// How often each slot is accounted for, and the job of those that were fired.
    private var decided: [Int64: Int] = [:]
    private var fired: [Int64: SlotEntry] = [:]
    private var skipped = 0
    private var refused = 0
    private var lastTerm = 0
    private var longestGap = 0
    private var violations: [Violation] = []

    private static let second: Int64 = 1000
    /// The lease of a leader and a second.
    private static let longest = Int(Profile.leaderLease / .milliseconds(1)) + 1000

    init(_ record: ScheduleRecord, losses: [Int64]?) {
        self.record = record
        self.losses = losses
    }

    /// In the order of the ledger, the oldest first.
    mutating func add(_ entry: SlotEntry) {
        guard let slot = entry.slot?.milliseconds else {
            return fail("a line of the ledger has no slot: \(entry.json)")
        }
        if entry.kind != .refused, let term = entry.term {
            if term < lastTerm { fail("term \(term) decided a slot after term \(lastTerm)") }
            lastTerm = term
        }
        switch entry.kind {
        case .fired, .caughtUp:
            decided[slot, default: 0] += 1
            fired[slot] = entry
            let time = entry.time.milliseconds
            if time < slot { fail("slot \(slot) was fired \(slot - time) ms early") }
            guard let losses else { break }
            let since = max(slot, losses.last { $0 <= time } ?? slot)
            let gap = Int(time - since)
            longestGap = max(longestGap, gap)
            if gap > Self.longest {
                fail("slot \(slot) was fired \(gap) ms after the last loss, promised are \(Self.longest) ms")
            }
        case .skipped:
            skipped += 1
            for slot in stride(from: slot, through: entry.until?.milliseconds ?? slot, by: Int(Self.second)) {
                decided[slot, default: 0] += 1
            }
        case .refused: refused += 1
        case .manual, .resumed, .rewound: fail("nobody asked for it: \(entry.json)")
        }
    }

    mutating func close(jobs: [JobRecord], findings: inout Clockwork.Findings) {
        let first = (record.createdAt.milliseconds / Self.second + 1) * Self.second
        let last = record.lastSlot?.milliseconds ?? 0
        if let pausedAt = record.pausedAt?.milliseconds, pausedAt - last > 2 * Self.second {
            fail("the last slot was decided \(pausedAt - last) ms before the pause, in peace")
        }
        let expected = Set(stride(from: first, through: last, by: Int(Self.second)))
        for slot in expected.symmetricDifference(decided.keys).sorted() {
            fail("slot \(slot) is \(expected.contains(slot) ? "not accounted for" : "none")")
        }
        for (slot, times) in decided where times > 1 { fail("slot \(slot) was decided \(times) times") }
        for job in jobs {
            guard let slot = job.slot?.milliseconds, let entry = fired.removeValue(forKey: slot), entry.job == job.id
            else {
                fail("\(job.id) is the job of no slot that the ledger says was fired, or not its only one")
                continue
            }
            if job.enqueuedAt.milliseconds < slot { fail("\(job.id) came before its slot") }
            if !job.state.isFinished { fail("\(job.id) is \(job.state)") }
        }
        for (slot, _) in fired { fail("slot \(slot) was fired and has no job") }
        findings.fired += decided.count
        findings.skipped += skipped
        findings.refused += refused
        findings.terms = max(findings.terms, lastTerm)
        findings.longestGap = max(findings.longestGap, longestGap)
        findings.violations += violations
    }

    private mutating func fail(_ text: String) {
        violations.append(Violation(.slotsOnce, record.name, text))
    }
}
