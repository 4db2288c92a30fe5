internal import Martlet

/// The life of one job as the processes saw it: what they asked and were told.
struct JobStory: Sendable {
    struct Run: Sendable {
        let token: Int
        let attempt: Int
        let worker: String
        /// How it ended; nil when the process did not live to see it.
        var end: String?
    }
    struct Answer: Sendable {
        let token: Int
        let script: String
        let word: String
    }

    var runs: [Run] = []
    var claims: [(claim: JobTrace.Claim, worker: String, time: Int64)] = []
    /// The scripts by which the holder of a token tried to end its attempt.
    var invoked: [Int: Set<String>] = [:]
    /// What scripts answered to the holders of tokens.
    var answers: [Answer] = []
    /// The words that enqueueing was answered with.
    var enqueued: Set<String> = []
    var cancels = 0
    var restarts = 0
}

/// All that the processes of a run wrote down.
struct Stories: Sendable {
    private(set) var jobs: [String: JobStory] = [:]
    /// Worker processes that were killed, with the time.
    private(set) var kills: [(worker: String, time: Int64)] = []
    /// When a leader was killed or frozen.
    private(set) var leaderLosses: [Int64] = []
    /// Ends of outages.
    private(set) var returns: [Int64] = []
    /// When Redis was killed.
    private var departures: [Int64] = []
    private(set) var fired: Set<String> = []
    private(set) var faults: [String: Int] = [:]
    private(set) var events = 0

    /// Takes in one event of a process.
    mutating func add(_ event: HistoryEvent, from worker: String) {
        events += 1
        switch event.kind {
        case .began: break
        case .fault:
            faults[event.what, default: 0] += 1
            if event.what == "kill" { kills.append((event.word, event.time)) }
            if event.what == "kill leader" || event.what == "freeze leader" { leaderLosses.append(event.time) }
            if event.what == "redis is back" || event.what == "kill clients" { returns.append(event.time) }
            if event.what == "kill redis" { departures.append(event.time) }
        case .fired: fired.insert(event.what)
        case .claimed:
            let claim = JobTrace.Claim(token: event.token, attempt: event.attempt)
            jobs[event.job, default: JobStory()].claims.append((claim, worker, event.time))
        case .run:
            jobs[event.job, default: JobStory()].runs.append(
                JobStory.Run(token: event.token, attempt: event.attempt, worker: worker)
            )
        case .ran:
            guard let index = jobs[event.job]?.runs.lastIndex(where: { $0.token == event.token && $0.worker == worker })
            else { return }
            jobs[event.job]?.runs[index].end = event.word
        case .call: call(event)
        }
    }

    private mutating func call(_ event: HistoryEvent) {
        let isInvoked = event.word == "invoked"
        switch event.what {
        case "enqueue": jobs[event.job, default: JobStory()].enqueued.insert(event.word)
        case "cancel": jobs[event.job, default: JobStory()].cancels += isInvoked ? 1 : 0
        case "restart": jobs[event.job, default: JobStory()].restarts += isInvoked ? 1 : 0
        default:
            if isInvoked {
                jobs[event.job, default: JobStory()].invoked[event.token, default: []].insert(event.what)
            } else {
                jobs[event.job, default: JobStory()].answers.append(
                    JobStory.Answer(token: event.token, script: event.what, word: event.word)
                )
            }
        }
    }

    /// For each outage: the time from its end to the next claim that brought a job, in milliseconds.
    ///
    /// Not where Redis was killed again before that: then the end of that outage tells.
    var resumptions: [Int] {
        let claims = jobs.values.flatMap { $0.claims.map(\.time) }.sorted()
        return returns.compactMap { time in
            let next = claims.partitioningIndex { $0 >= time }
            guard next < claims.count, !departures.contains(where: { (time...claims[next]).contains($0) }) else {
                return nil
            }
            return Int(claims[next] - time)
        }
    }

    /// For each job that a killed worker held: the time from the kill to the next claim of it, in milliseconds.
    ///
    /// Not where Redis was away meanwhile, as nobody can claim then.
    var recoveries: [Int] {
        var killed: [String: Int64] = [:]
        for kill in kills { killed[kill.worker] = kill.time }
        return jobs.values.flatMap { story in
            story.claims.compactMap { claim in
                guard let time = killed[claim.worker], !story.hasEnd(claim.claim.token),
                    let next = story.claims.map(\.time).filter({ $0 > time }).min(),
                    !returns.contains(where: { (time...next).contains($0) })
                else { return nil }
                return Int(next - time)
            }
        }
    }
}

extension JobStory {
    /// Whether the holder of a token learnt that its attempt is over.
    fileprivate func hasEnd(_ token: Int) -> Bool {
        answers.contains { $0.token == token && !["unknown", "failed"].contains($0.word) }
    }
}

extension [Int64] {
    /// The first index whose element, and so every later one, fulfils the condition.
    fileprivate func partitioningIndex(where fulfils: (Int64) -> Bool) -> Int {
        var range = 0..<count
        while !range.isEmpty {
            let middle = range.lowerBound + range.count / 2
            range = fulfils(self[middle]) ? range.lowerBound..<middle : middle + 1..<range.upperBound
        }
        return range.lowerBound
    }
}
