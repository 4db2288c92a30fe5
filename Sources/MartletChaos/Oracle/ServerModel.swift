internal import Martlet

/// Checks every change in Redis's journal against the state machine of a job: the part of the oracle that no lucky
/// ending can fool.
///
/// A script's writes come as one transaction. Behind each, every job that was touched stands in exactly the set that
/// its hash names (I1, I7). Within it, each step must be one that jobs have (I2), claims raise the token (I3), a lost
/// lease had run out and counts (I4), and lines and progress are those of the attempt that runs (I5).
struct ServerModel {
    private(set) var jobs: [String: JobTrace] = [:]
    private(set) var violations: [Violation] = []
    private(set) var commands = 0
    private let root: String
    private var touched: Set<String> = []
    private var isInTransaction = false

    init(prefix: String = ChaosClient.prefix, queue: String = ChaosClient.queue) {
        root = "\(prefix):{\(queue)}:"
    }

    mutating func apply(_ command: [ArraySlice<UInt8>]) {
        commands += 1
        guard let first = command.first else { return }
        switch String(decoding: first, as: UTF8.self).uppercased() {
        case "MULTI": isInTransaction = true
        case "EXEC":
            isInTransaction = false
            settle()
        case let name:
            let arguments = command.dropFirst().map { String(decoding: $0, as: UTF8.self) }
            if let key = arguments.first { change(name, key, arguments) }
            if !isInTransaction { settle() }
        }
    }

    private mutating func fail(_ invariant: Invariant, _ id: String, _ text: String) {
        // The first of many tells enough.
        if violations.count < 1000 { violations.append(Violation(invariant, id, text)) }
    }

    private mutating func change(_ name: String, _ key: String, _ arguments: [String]) {
        if name == "UNLINK" || name == "DEL" {
            for key in arguments {
                if let id = suffix(key, of: "job:") { erase(id) }
                if let state = state(key) { fail(.indexesAgree, "", "the whole set \(state) was deleted") }
            }
        } else if let id = suffix(key, of: "job:") {
            touched.insert(id)
            changeHash(name, id, Array(arguments.dropFirst()))
        } else if let id = suffix(key, of: "log:") {
            if name == "RPUSH" { arguments.dropFirst().forEach { line($0, of: id) } }
        } else if let state = state(key) {
            changeSet(name, state, Array(arguments.dropFirst()))
        }
    }

    private func suffix(_ key: String, of kind: String) -> String? {
        guard key.hasPrefix(root + kind) else { return nil }
        let id = String(key.dropFirst(root.count + kind.count))
        return id == ChaosJob.broken ? nil : id
    }

    private func state(_ key: String) -> JobState? {
        key.hasPrefix(root) ? JobState(rawValue: String(key.dropFirst(root.count))) : nil
    }

    // MARK: Sets

    private mutating func changeSet(_ name: String, _ state: JobState, _ arguments: [String]) {
        switch name {
        case "ZADD":
            let first = arguments.firstIndex { Double($0) != nil } ?? arguments.count
            for index in stride(from: first, to: arguments.count - 1, by: 2) {
                let id = arguments[index + 1]
                guard id != ChaosJob.broken else { continue }
                touched.insert(id)
                jobs[id, default: JobTrace()].sets.insert(state)
                if state == .running { jobs[id]?.leaseExpiry = Double(arguments[index]).map { Int64($0) } ?? 0 }
            }
        case "ZREM":
            for id in arguments where id != ChaosJob.broken {
                touched.insert(id)
                jobs[id, default: JobTrace()].sets.remove(state)
            }
        case "ZINCRBY": break  // a waiting job's place
        default: fail(.indexesAgree, "", "\(name) on the set \(state.rawValue), which the oracle can't follow")
        }
    }

    // MARK: Hashes

    private mutating func changeHash(_ name: String, _ id: String, _ arguments: [String]) {
        switch name {
        case "HSET", "HMSET", "HSETNX":
            var fields: [String: String] = [:]
            for index in stride(from: 0, to: arguments.count - 1, by: 2) {
                fields[arguments[index]] = arguments[index + 1]
            }
            set(id, fields)
        case "HINCRBY":
            guard arguments.count == 2, let number = Int(arguments[1]) else { return }
            let trace = jobs[id, default: JobTrace()]
            let present = ["token": trace.token, "attempt": trace.attempt, "crashes": trace.crashes][arguments[0]]
            if let present { set(id, [arguments[0]: "\(present + number)"]) }
        case "HDEL":
            if arguments.contains("crashes") { jobs[id]?.crashes = 0 }
            if arguments.contains("token") {
                jobs[id]?.isTokenGone = true
                // Only who takes a lost job back ends its lease. Where nothing is kept no crash is counted.
                if jobs[id]?.state == .running { jobs[id]?.isCrash = true }
            }
        default: break
        }
    }

    private mutating func set(_ id: String, _ fields: [String: String]) {
        var trace = jobs[id] ?? JobTrace()
        let parts = (1...5).compactMap { fields["payload.\($0)"] }
        let payload = fields["payload"] ?? (parts.isEmpty ? nil : parts.joined())
        if payload != nil, trace.state == nil, !trace.ends.isEmpty {
            // It stands in its set already: its hash is written last.
            trace = JobTrace(sets: trace.sets, lives: trace.lives + 1)
        }
        if fields["state"] != nil { completeLeave(id, &trace) }
        let before = (token: trace.token, attempt: trace.attempt)
        if let token = fields["token"].flatMap({ Int($0) }) {
            if token < trace.token { fail(.leasesHold, id, "the token went back from \(trace.token) to \(token)") }
            trace.token = token
            trace.isTokenGone = false
        }
        if let attempt = fields["attempt"].flatMap({ Int($0) }) {
            // With its state in the same write it is checked as a claim or a leave.
            if fields["state"] == nil, trace.leaving == nil, trace.state != .running {
                fail(.oneOwner, id, "the attempt of a \(name(trace.state)) job was set to \(attempt)")
            }
            trace.attempt = attempt
        }
        if let crashes = fields["crashes"].flatMap({ Int($0) }) {
            if crashes > trace.crashes { trace.isCrash = true }
            trace.crashes = crashes
        }
        if let number = fields["attempts_before_restart"].flatMap({ Int($0) }) { trace.attemptsBeforeRestart = number }
        if fields["retention_ms"] == "0" { trace.keepsNothing = true }
        if let progress = fields["progress"] { checkOwner("progress", progress, id, trace) }
        if let payload {
            if trace.state != nil { fail(.keptOnce, id, "a \(name(trace.state)) job was enqueued again over itself") }
            trace.kind = Self.kind(payload)
        }
        if let word = fields["state"] {
            step(id, to: word, &trace, before: before)
        }
        jobs[id] = trace
    }

    /// One step of a job's life.
    private mutating func step(
        _ id: String,
        to word: String,
        _ trace: inout JobTrace,
        before: (token: Int, attempt: Int)
    ) {
        guard let next = JobState(rawValue: word) else { return fail(.keptOnce, id, "the state became \(word)") }
        let last = trace.state
        trace.state = next
        switch (last, next) {
        case (nil, .waiting), (nil, .scheduled): break
        case (.scheduled, .waiting): break
        case (.waiting, .running):
            if trace.token <= before.token { fail(.leasesHold, id, "claimed without a new token (\(trace.token))") }
            if trace.attempt != before.attempt + 1 {
                fail(.oneOwner, id, "claimed as attempt \(trace.attempt) after attempt \(before.attempt)")
            }
            let claim = JobTrace.Claim(token: trace.token, attempt: trace.attempt)
            trace.claims.append(claim)
            trace.claimed = claim
            trace.isCrash = false
        case (.running, .waiting), (.running, .scheduled):
            guard let claim = trace.claimed else { return fail(.endsOnce, id, "left running without a claim") }
            trace.leaving = (trace.isCrash ? .rescued : next == .waiting ? .waiting : .scheduled, claim)
        case (.running, _) where next.isFinished:
            trace.ends.append(end(of: trace, as: next))
            trace.claimed = nil
        // In error from waiting: its hash is larger than a reply may be.
        case (.scheduled, .cancelled), (.waiting, .cancelled), (.waiting, .error):
            trace.ends.append(end(of: trace, as: next))
        case (let end?, .waiting) where end.isFinished:
            trace.restarts += 1
        default: fail(.endsOnce, id, "went from \(name(last)) to \(word), which no script may do")
        }
    }

    private func end(of trace: JobTrace, as state: JobState?) -> JobTrace.End {
        JobTrace.End(
            state: state,
            token: trace.claimed?.token,
            wasRescue: trace.isCrash,
            crashes: trace.crashes,
            attempts: trace.attempt - trace.attemptsBeforeRestart
        )
    }

    /// Judges a leave once all of its writes are there.
    private mutating func completeLeave(_ id: String, _ trace: inout JobTrace) {
        guard let (kind, claim) = trace.leaving else { return }
        trace.leaving = nil
        trace.claimed = nil
        trace.isCrash = false
        defer { trace.isDoubtful = false }
        trace.leaves.append(
            JobTrace.Leave(kind: kind, token: claim.token, attempt: claim.attempt, attemptAfter: trace.attempt)
        )
        if kind == .rescued {
            if trace.attempt != (trace.isDoubtful ? max(claim.attempt - 1, 0) : claim.attempt) {
                fail(.oneOwner, id, "a lost lease changed the attempt from \(claim.attempt) to \(trace.attempt)")
            }
            if trace.token <= claim.token, !trace.isTokenGone {
                fail(.leasesHold, id, "a lost lease left its token \(claim.token) valid")
            }
        }
    }

    private mutating func erase(_ id: String) {
        touched.insert(id)
        guard var trace = jobs[id], let state = trace.state else { return }
        completeLeave(id, &trace)
        if state == .running, trace.keepsNothing {
            trace.ends.append(end(of: trace, as: nil))
        } else if state == .waiting || state == .scheduled, trace.keepsNothing {
            trace.ends.append(end(of: trace, as: nil))  // cancelled before it ran
        } else if !state.isFinished, JobNames.isName(id) {
            fail(.keptOnce, id, "a \(state.rawValue) job was deleted")
        }
        trace.state = nil
        jobs[id] = trace
    }

    // MARK: Logs and progress

    /// What a handler says carries its token: `token 3 line 1`.
    private mutating func line(_ text: String, of id: String) {
        guard var trace = jobs[id], trace.state != nil else {
            return fail(.indexesAgree, id, "a log line without a job")
        }
        checkOwner("line", text, id, trace)
        if let token = Self.number(after: "token ", in: text), let number = Self.number(after: "line ", in: text) {
            if trace.lastLine.token == token, number <= trace.lastLine.number {
                fail(.ownLog, id, "line \(number) of token \(token) came behind line \(trace.lastLine.number)")
            }
            trace.lastLine = (token, number)
            jobs[id] = trace
        }
        // A crash beside other jobs gives the attempt back.
        if text.contains("other jobs ran too") { jobs[id]?.isDoubtful = true }
        if text.contains("lease lost"), let now = Self.number(after: "\"time\":", in: text), now < trace.leaseExpiry {
            fail(.leasesHold, id, "its lease was taken \(Int(trace.leaseExpiry) - now) ms before it ran out")
        }
    }

    private mutating func checkOwner(_ what: String, _ text: String, _ id: String, _ trace: JobTrace) {
        if let token = Self.number(after: "token ", in: text),
            trace.state != .running || token != trace.claimed?.token || trace.isCrash
        {
            fail(
                .ownLog,
                id,
                "a \(what) of token \(token) came in while the job was \(name(trace.state)) under "
                    + "\(trace.token)"
            )
        }
    }

    // MARK: Ends of transactions

    private mutating func settle() {
        for id in touched {
            guard var trace = jobs[id] else { continue }
            completeLeave(id, &trace)
            jobs[id] = trace
            let expected: Set<JobState> = trace.state.map { [$0] } ?? []
            if trace.sets != expected {
                let sets = trace.sets.map(\.rawValue).sorted().joined(separator: ", ")
                fail(.keptOnce, id, "its hash says \(name(trace.state)), but it stands in [\(sets)]")
            }
        }
        touched.removeAll(keepingCapacity: true)
    }

    private func name(_ state: JobState?) -> String { state?.rawValue ?? "missing" }

    private static func number(after label: String, in text: String) -> Int? {
        guard let range = text.firstRange(of: label) else { return nil }
        return Int(text[range.upperBound...].prefix { $0.isNumber })
    }

    private static func kind(_ payload: String) -> ChaosJob.Kind? {
        let label = "\"kind\":\""
        guard let range = payload.firstRange(of: label) else { return nil }
        return ChaosJob.Kind(rawValue: String(payload[range.upperBound...].prefix { $0 != "\"" }))
    }
}
