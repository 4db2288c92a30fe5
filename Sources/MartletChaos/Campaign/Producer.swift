internal import Foundation
internal import Martlet
internal import RedisClient

/// Enqueues the jobs of a run, evenly over its time.
///
/// An outcome that is unknown or an error is repeated with the same ids, as a producer should.
struct Producer: Sendable {
    let client: JobClient
    let profile: Profile
    let seed: UInt64

    func run() async throws {
        var random = SeededRandom(seed: seed, part: "jobs")
        let started = ContinuousClock.now
        var number = 0
        while number < profile.jobs {
            let share = min(1, (ContinuousClock.now - started) / profile.span)
            let due = min(profile.jobs, Int(share * Double(profile.jobs)) + 1) - number
            guard due > 0 else {
                try await Task.sleep(for: .milliseconds(10))
                continue
            }
            let count = min(due, .random(in: 1...60, using: &random))
            var batch: [NewJob] = []
            for offset in 0..<count {
                batch.append(try job(number + offset, using: &random))
            }
            // An id that is there already, or is in this very batch: the first one stands.
            if random.hits(perMille: 100), number > 0 {
                batch.append(try job(.random(in: 0..<(number + count), using: &random), using: &random))
            }
            number += count
            try await enqueue(batch)
        }
    }

    private func job(_ number: Int, using random: inout SeededRandom) throws -> NewJob {
        var (job, options, start) = ChaosJob.random(number: number, lease: profile.lease, using: &random)
        options.queue = ChaosClient.queue
        if profile.payload > 0, number.isMultiple(of: 10) {
            job.padding = String(repeating: "x", count: profile.payload)
        }
        return try NewJob(job, id: "j\(number)", options: options, start: start)
    }

    private func enqueue(_ batch: [NewJob]) async throws {
        while true {
            do throws(JobError) {
                _ = try await client.enqueue(batch)
                return
            } catch  where error.redis?.isOutage == true {
                try await Task.sleep(for: .milliseconds(20))
            }
        }
    }
}
