internal import Martlet

/// Says which promises were not kept in a run, from what the processes wrote down, Redis's own journal and what Redis
/// holds at the end.
///
/// It knows nothing of how the run was made, so it is tested with runs made up.
///
/// I6 (schedules) is ``Clockwork``'s. I9 (archive) is not checked here: the tests of the archive kill its
/// processes at each step. I10 is ``Refusals``'s.
struct Oracle {
    let stories: Stories
    let model: ServerModel
    let snapshot: Snapshot
    let isFaultFree: Bool
    /// Whether each step in the journal is judged too.
    ///
    /// Scripts that break off in the middle leave steps that no job has, which a later look has to mend: then only the
    /// end counts.
    var judgesSteps = true

    /// Crashes after which a job may end in error.
    private static let crashLimit = 3

    func violations() -> [Violation] {
        guard judgesSteps else {
            var found: [Violation] = []
            for (id, story) in stories.jobs where !story.enqueued.isDisjoint(with: Self.taken) {
                let state = snapshot.hashes[id]?["state"].flatMap(JobState.init(rawValue:))
                if let state, !state.isFinished {
                    found.append(Violation(.keptOnce, id, "is \(state) after the drain"))
                }
            }
            checkSets(&found)
            return found
        }
        var found = model.violations
        for (id, trace) in model.jobs where JobNames.isName(id) {
            check(id, trace, stories.jobs[id] ?? JobStory(), &found)
        }
        for (id, story) in stories.jobs where model.jobs[id] == nil && id != ChaosJob.broken {
            if !story.enqueued.isDisjoint(with: Self.taken) {
                found.append(Violation(.keptOnce, id, "was taken in, and Redis's journal never had it"))
            }
            if !story.runs.isEmpty { found.append(Violation(.oneOwner, id, "ran, and Redis's journal never had it")) }
        }
        checkSnapshot(&found)
        return found
    }

    private static let taken: Set<String> = ["waiting", "scheduled", "exists"]

    private func check(_ id: String, _ trace: JobTrace, _ story: JobStory, _ found: inout [Violation]) {
        func fail(_ invariant: Invariant, _ text: String) { found.append(Violation(invariant, id, text)) }
        // Several jobs of one id, one after the other: what processes noted of them can't be told apart.
        guard trace.lives == 1 else { return }

        // I1: what was answered is what is there.
        if story.enqueued.subtracting(["invoked", "failed"]).isEmpty, trace.state != nil || !trace.ends.isEmpty {
            fail(.keptOnce, "is in Redis, though every answer to its enqueueing was a refusal")
        }
        if let state = trace.state, !state.isFinished {
            fail(.keptOnce, "is \(state.rawValue) after the queue was drained")
        }

        // I2: one end a round, by an attempt that asked for it.
        if trace.ends.count > 1 + trace.restarts { fail(.endsOnce, "ended \(trace.ends.count) times") }
        if trace.restarts > story.restarts {
            fail(.endsOnce, "restarted \(trace.restarts) times, asked \(story.restarts)")
        }
        for end in trace.ends { check(end, of: id, trace, story, fail) }
        for answer in story.answers { check(answer, trace, fail) }

        // I3, I4: each run is a claim's, and each claim is run once at most.
        let claims = Set(trace.claims)
        for run in story.runs where !claims.contains(.init(token: run.token, attempt: run.attempt)) {
            fail(.oneOwner, "ran as attempt \(run.attempt) with token \(run.token), which no claim gave out")
        }
        if Set(story.runs.map(\.token)).count < story.runs.count {
            fail(.oneOwner, "ran more than once with one token: \(story.runs.map(\.token))")
        }
        if trace.claims.count > trace.leaves.count + trace.restarts + 1 {
            fail(.oneOwner, "was claimed \(trace.claims.count) times, with \(trace.leaves.count) reasons to")
        }
        for leave in trace.leaves { check(leave, story, fail) }
        if isFaultFree {
            let expected = trace.claims.count
            if story.runs.count != expected {
                fail(.oneOwner, "ran \(story.runs.count) times, claimed \(expected) times")
            }
            if trace.leaves.contains(where: { $0.kind == .rescued }) { fail(.oneOwner, "lost its lease for no reason") }
        }
    }

    private func check(
        _ end: JobTrace.End,
        of id: String,
        _ trace: JobTrace,
        _ story: JobStory,
        _ fail: (Invariant, String) -> Void
    ) {
        let state = end.state?.rawValue ?? "gone"
        if end.state == .cancelled, story.cancels == 0 { fail(.endsOnce, "was cancelled, and nobody asked for it") }
        if !end.wasRescue, let token = end.token {
            let asked = story.invoked[token] ?? []
            let mayEnd: Set<String> =
                end.state == .cancelled ? ["finish", "retry", "snooze", "release"] : ["finish", "retry"]
            if asked.isDisjoint(with: mayEnd) && !(end.state == nil && !asked.isEmpty) {
                fail(.endsOnce, "became \(state) under token \(token), whose holder did not ask for it")
            }
        }
        if let kind = trace.kind, let state = end.state, !ChaosJob(kind: kind).ends.contains(state) {
            switch state {
            case .cancelled: break
            case .error where end.crashes >= Self.crashLimit: break
            case .error where end.attempts > (ChaosJob.options.maxRetries ?? 0): break
            default: fail(.endsOnce, "is of kind \(kind.rawValue) and became \(state.rawValue)")
            }
        }
        if let token = end.token, end.state == .successful || end.state == .warning {
            if !story.runs.contains(where: { $0.token == token && $0.end == "returned" }) {
                fail(.oneOwner, "became \(state) under token \(token), and no run of that token returned")
            }
            // The lines of an attempt are in Redis before its end is.
            if trace.kind == .log, end == trace.ends.last, trace.lastLine != (token, ChaosJob.lines) {
                fail(.ownLog, "succeeded under token \(token) with \(trace.lastLine) as its last line")
            }
        }
    }

    private func check(_ answer: JobStory.Answer, _ trace: JobTrace, _ fail: (Invariant, String) -> Void) {
        let token = answer.token
        func hasLeft(_ kind: JobTrace.Leave.Kind) -> Bool {
            trace.leaves.contains { $0.token == token && $0.kind == kind }
        }
        let ends = trace.ends.filter { $0.token == token && !$0.wasRescue }
        switch (answer.script, answer.word) {
        case ("log", _), (_, "unknown"), (_, "failed"): break
        case (_, "stale"), (_, "gone"):
            if answer.script == "finish", !ends.isEmpty, trace.restarts == 0, trace.state != nil {
                fail(
                    .endsOnce,
                    "token \(token) was refused, though the end it wrote stands: it is not safe to send twice"
                )
            }
        case ("finish", "already"):
            if ends.isEmpty { fail(.endsOnce, "token \(token) was told already, and never ended the job") }
        case (_, "already"):
            if ends.isEmpty, !hasLeft(.scheduled), !hasLeft(.waiting) {
                fail(.endsOnce, "token \(token) was told already, and never gave the job back")
            }
        case ("retry", "scheduled"), ("snooze", "scheduled"):
            if !hasLeft(.scheduled) {
                fail(.endsOnce, "token \(token) was told scheduled, and the journal has no such step")
            }
        case ("release", "waiting"):
            if !hasLeft(.waiting) {
                fail(.endsOnce, "token \(token) was told waiting, and the journal has no such step")
            }
        case (_, let word):
            if !ends.contains(where: { $0.state == nil || $0.state?.rawValue == word }) {
                fail(.endsOnce, "token \(token) was told \(word), and the journal has no such end")
            }
        }
    }

    private func check(_ leave: JobTrace.Leave, _ story: JobStory, _ fail: (Invariant, String) -> Void) {
        let asked = story.invoked[leave.token] ?? []
        let spent = leave.attemptAfter == leave.attempt
        switch leave.kind {
        case .rescued: break  // judged by the journal alone
        case .waiting:
            // Jobs that a stop disclaims were never run.
            let hasRun = story.runs.contains { $0.token == leave.token }
            if !asked.contains("release"), hasRun {
                fail(.oneOwner, "token \(leave.token) went back to waiting, unasked")
            }
            if spent { fail(.oneOwner, "a release spent attempt \(leave.attempt)") }
        case .scheduled:
            if asked.isDisjoint(with: ["retry", "snooze"]) {
                fail(.oneOwner, "token \(leave.token) was scheduled again, unasked")
            }
            if asked == ["snooze"], spent { fail(.oneOwner, "a snooze spent attempt \(leave.attempt)") }
            if asked == ["retry"], !spent { fail(.oneOwner, "a retry did not spend attempt \(leave.attempt)") }
        }
    }

    // MARK: What Redis holds

    /// Each job stands in exactly the set that its hash names.
    private func checkSets(_ found: inout [Violation]) {
        func fail(_ invariant: Invariant, _ id: String, _ text: String) { found.append(Violation(invariant, id, text)) }
        var sets: [String: [JobState]] = [:]
        for (state, ids) in snapshot.sets {
            for id in ids { sets[id, default: []].append(state) }
        }
        for (id, states) in sets {
            let names = states.map(\.rawValue)
            if states.count > 1 { fail(.keptOnce, id, "stands in \(names)") }
            let word = snapshot.hashes[id]?["state"]
            if word != names.first { fail(.indexesAgree, id, "stands in \(names), its hash says \(word ?? "nothing")") }
        }
        for (id, fields) in snapshot.hashes {
            if sets[id] == nil {
                fail(.keptOnce, id, "has a hash that says \(fields["state"] ?? "nothing"), and is in no set")
            }
        }
    }

    private func checkSnapshot(_ found: inout [Violation]) {
        checkSets(&found)
        func fail(_ invariant: Invariant, _ id: String, _ text: String) { found.append(Violation(invariant, id, text)) }
        for (id, fields) in snapshot.hashes {
            let bytes = fields["log_bytes"].flatMap { Int($0) } ?? 0
            if fields["log_cut"] == nil, bytes != snapshot.logs[id] ?? 0 {
                fail(.indexesAgree, id, "counts \(bytes) bytes of log, and has \(snapshot.logs[id] ?? 0)")
            }
        }
        for id in snapshot.logs.keys where snapshot.hashes[id] == nil { fail(.indexesAgree, id, "left its log behind") }
        for id in snapshot.expiring where snapshot.hashes[id] == nil {
            fail(.indexesAgree, id, "is to expire and is not there")
        }
        for (key, id) in snapshot.others where snapshot.hashes[id] == nil {
            fail(.indexesAgree, id, "left \(key) behind")
        }
        if snapshot.parked > 0 { fail(.indexesAgree, "", "\(snapshot.parked) jobs are parked as unknown") }
        for (object, id) in snapshot.objects where snapshot.hashes[id]?["object"] != object {
            fail(.indexesAgree, id, "is listed for the object \(object), and its hash says another")
        }
        let listed = Set(snapshot.objects.map { "\($0.object) \($0.job)" })
        for (id, fields) in snapshot.hashes {
            if let object = fields["object"], !listed.contains("\(object) \(id)") {
                fail(.indexesAgree, id, "is about \(object), which does not list it")
            }
        }
        for (id, trace) in model.jobs where JobNames.isName(id) {
            let word = snapshot.hashes[id]?["state"]
            if word != trace.state?.rawValue {
                fail(
                    .keptOnce,
                    id,
                    "is \(word ?? "missing"), and the journal says \(trace.state?.rawValue ?? "missing")"
                )
            }
        }
    }
}
