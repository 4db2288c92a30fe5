import Martlet
import MartletTesting
import RedisClient
import Testing

extension RedisTests {
    /// All transitions at random, in every order that workers, operators and a bad network may cause.
    @Suite struct ModelTests {
        @Test(.timeLimit(.minutes(15)), arguments: [1, UInt64.random(in: 0 ... .max)])
        func `no sequence of calls loses a job, runs one twice or breaks a promise`(seed: UInt64) async throws {
            try await withQueue { queue in
                var model = Model(queue: queue, random: SplitMix64(seed: seed))
                for step in 1...3000 {
                    try await model.step()
                    if step % 100 == 0 { try await expectConsistent(queue, "seed \(seed), step \(step)") }
                    try await model.expectKnown(everyJob: step % 100 == 0, "seed \(seed), step \(step)")
                }
                try await model.drain("seed \(seed)")
            }
        }
    }
}

/// The facts that have to be true of the jobs of one queue, whatever is called.
private struct Model {
    let queue: TestQueue
    var random: SplitMix64
    /// The leases that nothing has ended yet, as far as their holders know; some ran out.
    private var leases: [ClaimedJob] = []
    /// The time at which the newest lease of a job runs out.
    private var expiries: [JobID: Int64] = [:]
    /// The leases that have ended, to be replayed.
    private var spent: [ClaimedJob] = []
    /// The newest token of each job; a lease with another one is stale.
    private var tokens: [JobID: Int] = [:]
    /// The jobs that have to exist, without those that keep nothing.
    private var kept: [JobID] = []
    private var fleeting: Set<JobID> = []
    private var isPaused = false
    private var number = 0
    private var claims = 0

    init(queue: TestQueue, random: SplitMix64) {
        self.queue = queue
        self.random = random
    }

    mutating func step() async throws {
        if isPaused, Int.random(in: 0..<10, using: &random) == 0 { try await pauseOrResume() }
        switch Int.random(in: 0..<100, using: &random) {
        case 0..<25: try await enqueue()
        case 25..<50: try await claim()
        case 50..<65: try await end()
        case 65..<70: try await replay()
        case 70..<75: try await extendOrLog()
        case 75..<83: try await cancel()
        case 83..<88: try await restart()
        case 88: try await delete()
        case 89: try await pauseOrResume()
        case 90..<98: try await queue.clock.advance(by: .milliseconds(Int.random(in: 0...9000, using: &random)))
        default: try await queue.clock.advance(by: .seconds(Int.random(in: 20...60, using: &random)))
        }
    }

    private mutating func enqueue() async throws {
        number += 1
        let keepsNothing = Int.random(in: 0..<10, using: &random) == 0
        let isOld = number > 5 && Int.random(in: 0..<10, using: &random) == 0
        let name = "job-\(isOld ? Int.random(in: 1..<number, using: &random) : number)"
        // Where the name is taken, the job that exists stays, so only a new job may be one that keeps nothing.
        let options = JobOptions(
            priority: Int.random(in: -2...2, using: &random),
            retention: isOld ? nil : keepsNothing ? .zero : Bool.random(using: &random) ? .seconds(50) : nil,
            object: Bool.random(using: &random) ? "disk/\(number % 7)" : nil,
            deadline: Int.random(in: 0..<4, using: &random) == 0
                ? .after(.seconds(Int.random(in: 21...90, using: &random))) : nil
        )
        let id = try await queue.enqueue(
            name,
            type: Int.random(in: 0..<8, using: &random) == 0 ? "sing" : "greet",
            options,
            start: Bool.random(using: &random)
                ? .now : .after(.milliseconds(Int.random(in: 0...20_000, using: &random)))
        )
        if !isOld, keepsNothing { fleeting.insert(id) }
        if !fleeting.contains(id), !kept.contains(id) { kept.append(id) }
    }

    private mutating func claim() async throws {
        claims += 1
        let limit = Int.random(in: 1...6, using: &random)
        let worker = ["ada", "bob", "cy"][claims % 3]
        let types = Int.random(in: 0..<5, using: &random) == 0 ? ["greet", "sing"] : ["greet"]
        let now = try await queue.clock.now().milliseconds
        var jobs = try await queue.claim(limit, worker: worker, number: claims, types: types).jobs
        if Int.random(in: 0..<5, using: &random) == 0 {
            let again = try await queue.claim(limit, worker: worker, number: claims, again: true, types: types).jobs
            if !jobs.isEmpty { #expect(again.map(\.id) == jobs.map(\.id)) }
            if !jobs.isEmpty { #expect(again.map(\.token) == jobs.map(\.token)) }
            jobs = again
        }
        #expect(jobs.isEmpty || !isPaused, "a paused queue gave out a job")
        #expect(jobs.count <= limit)
        for job in jobs {
            #expect(types.contains(job.type))
            let deadline = try await queue.hash(job.id)["deadline"].flatMap { Int64($0) } ?? .max
            #expect(now < deadline, "\(job.id) was given out after its deadline")
            #expect(job.token > tokens[job.id] ?? 0, "\(job.id) was given out with an old token")
            let isHeld = leases.contains { $0.id == job.id && $0.token == tokens[job.id] }
            #expect(!isHeld || (expiries[job.id] ?? 0) <= now, "\(job.id) was given out while it runs")
            tokens[job.id] = job.token
            expiries[job.id] = now + 30_000
        }
        leases += jobs
    }

    /// Ends an attempt in some way; the lease may be stale.
    private mutating func end() async throws {
        guard let job = takeLease() else { return }
        let report = [nil, nil, SelfReport.warning, .error].randomElement(using: &random) ?? nil
        switch Int.random(in: 0..<6, using: &random) {
        case 0: try await check(job, try await queue.retry(job, report: report))
        case 1: try await check(job, try await queue.working.snooze(job, for: .seconds(number % 9)))
        case 2: try await check(job, try await queue.release(job)[0])
        case 3: try await check(job, try await queue.finish(job, .error, error: "no"))
        case 4: try await check(job, try await queue.finish(job, .cancelled))
        default: try await check(job, try await queue.finish(job, report: report))
        }
        spent.append(job)
    }

    /// Fails unless an ending that was carried out moved the job of the newest lease, as the hash says.
    private func check(_ job: ClaimedJob, _ reply: LeaseReply) async throws {
        #expect(reply != .already)
        guard case .done(let state) = reply else { return }
        #expect(job.token == tokens[job.id], "\(job.id) took a write from a stale lease")
        let hash = try await queue.hash(job.id)
        #expect(hash.isEmpty ? state.isFinished : hash["state"] == state.rawValue)
    }

    private mutating func replay() async throws {
        guard let job = spent.randomElement(using: &random) else { return }
        try await queue.expectUnchanged {
            let replies = [
                try await queue.finish(job), try await queue.retry(job), try await queue.release(job)[0],
                try await queue.working.snooze(job, for: .seconds(1)),
            ]
            #expect(replies.filter { $0 != .already && $0 != .stale } == [])
        }
    }

    private mutating func extendOrLog() async throws {
        guard let job = leases.randomElement(using: &random) else { return }
        let isCurrent = job.token == tokens[job.id]
        if Bool.random(using: &random) {
            let state = try await queue.extend(job, lease: .seconds(40))
            #expect(isCurrent || state == [.stale] || state == [.gone])
            if state == [.ok] || state == [.cancel] {
                expiries[job.id] = try await queue.clock.now().milliseconds + 40_000
            }
        } else {
            let limits = LogLimits(lines: 5, bytes: 400)
            let isTaken = try await queue.log(job, ["{\"n\":1}", "{\"n\":2}"], first: number, limits: limits)
            #expect(isCurrent || !isTaken)
        }
    }

    private mutating func cancel() async throws {
        guard let id = kept.randomElement(using: &random) else { return }
        let state = try await queue.hash(id)["state"].flatMap(JobState.init(rawValue:))
        switch try await queue.operating.cancel(id) {
        case .cancelled: #expect(state == .scheduled || state == .waiting)
        case .requested: #expect(state == .running)
        case .finished(let word): #expect(state == word)
        }
    }

    private mutating func restart() async throws {
        guard let id = kept.randomElement(using: &random) else { return }
        let state = try await queue.hash(id)["state"].flatMap(JobState.init(rawValue:))
        let deadline = try await queue.hash(id)["deadline"].flatMap { Int64($0) } ?? .max
        let hasPassed = try await queue.clock.now().milliseconds >= deadline && number % 3 != 0
        // Swift 6.3.1 crashes when #expect is inside the do.
        var refusal: JobError?
        do throws(JobError) {
            try await queue.operating.restart(id, deadline: number % 3 == 0 ? .after(.seconds(60)) : nil)
        } catch {
            refusal = error
        }
        #expect(refusal?.code == (state?.isFinished == true && !hasPassed ? nil : .refused))
    }

    private mutating func delete() async throws {
        guard let id = kept.randomElement(using: &random) else { return }
        let state = try await queue.hash(id)["state"].flatMap(JobState.init(rawValue:))
        var refusal: JobError?
        do throws(JobError) {
            try await queue.operating.delete(id)
            kept.removeAll { $0 == id }
        } catch {
            refusal = error
        }
        #expect(refusal?.code == (state == .running ? .refused : nil))
    }

    private mutating func pauseOrResume() async throws {
        let ada = try Operator("ada")
        if isPaused {
            #expect(try await queue.operating.resume(queue: queue.name, by: ada))
        } else {
            #expect(try await queue.operating.pause(queue: queue.name, by: ada) == nil)
        }
        isPaused.toggle()
    }

    private mutating func takeLease() -> ClaimedJob? {
        guard !leases.isEmpty else { return nil }
        return leases.remove(at: Int.random(in: 0..<leases.count, using: &random))
    }

    /// Fails when a job that was accepted is lost.
    func expectKnown(everyJob: Bool, _ comment: Comment) async throws {
        for id in everyJob ? kept[...] : kept.suffix(1) {
            #expect(try await queue.send("EXISTS", queue.store.keys.job(id)).int == 1, comment)
        }
    }

    /// Works until every job has come to an end, whatever happened before.
    mutating func drain(_ comment: Comment) async throws {
        if isPaused { try await pauseOrResume() }
        for _ in 0..<500 {
            try await queue.clock.advance(by: .seconds(31))
            let jobs = try await queue.claim(100, types: ["greet", "sing"]).jobs
            for job in jobs { _ = try await queue.finish(job) }
            let counts = try await queue.inspector.counts(queue: queue.name)
            if counts.filter({ !$0.key.isFinished }).allSatisfy({ $0.value == 0 }) { break }
        }
        for state in [JobState.scheduled, .waiting, .running] {
            #expect(try await queue.members(state) == [], comment)
        }
        try await expectKnown(everyJob: true, comment)
        try await queue.clock.advance(by: .seconds(3600))
        while try await queue.prune(successful: .seconds(60), others: .seconds(60)) > 0 {}
        #expect(try await queue.send("KEYS", queue.root + ":job:*").array == [], comment)
        #expect(try await queue.send("KEYS", queue.root + ":object:*").array == [], comment)
    }
}
