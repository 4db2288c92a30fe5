internal import Algorithms
internal import RedisClient

extension Inspector {
    /// Proves for a queue that every job is in exactly one state set, the one that its hash names, and that nothing is
    /// orphaned.
    ///
    /// It walks the keys with SCAN and the sets with ZSCAN, 500 at a time, and judges each page in one script, so it
    /// may run beside workers. What comes or goes meanwhile is judged as it is when its page is.
    /// - Parameter progress: called with the number of jobs looked at so far.
    /// - Returns: how many were looked at, and what was wrong.
    /// - Throws: ``JobError``; `cancelled` between two pages when the task is.
    public func verify(
        queue: String,
        progress: (Int) -> Void = { _ in }
    ) async throws(JobError) -> Verification {
        try await verify(queue: Name.checked(queue, field: "queue"), repairs: false, progress: progress)
    }

    /// Verifies a queue, and puts each job that is not in its place where its hash says. Parameters, result and errors
    /// are those of ``verify(queue:progress:)``; what was repaired before an error stays so.
    public func repair(
        queue: String,
        by operator: Operator,
        progress: (Int) -> Void = { _ in }
    ) async throws(JobError) -> Verification {
        let queue = try Name.checked(queue, field: "queue")
        return try await recorded("doctor repair", of: queue, by: `operator`) { () throws(JobError) in
            try await verify(queue: queue, repairs: true, progress: progress)
        }
    }

    private func verify(
        queue: String,
        repairs: Bool,
        progress: (Int) -> Void
    ) async throws(JobError) -> Verification {
        var seen: Set<String> = []
        var findings: [MisplacedJob] = []
        func judge(_ ids: [String]) async throws(JobError) {
            let fresh = ids.filter { seen.insert($0).inserted }
            for page in fresh.chunks(ofCount: Self.page) {
                let found = try await store.verify(Array(page), queue: queue)
                findings += repairs && !found.isEmpty ? try await store.repair(found, queue: queue) : found
            }
            progress(seen.count)
        }
        let root = store.keys.queue(queue)
        for kind in ["job", "log"] {
            let beginning = "\(root):\(kind):"
            try await walk("SCAN", [], ["MATCH", RedisArgument(beginning + "*")]) { keys throws(JobError) in
                try await judge(keys.map { String($0.dropFirst(beginning.count)) })
            }
        }
        for state in JobState.allCases {
            let key = RedisArgument(store.keys.state(state, of: queue))
            try await walk("ZSCAN", [key], []) { items throws(JobError) in
                try await judge(stride(from: 0, to: items.count, by: 2).map { items[$0] })
            }
        }
        return Verification(jobs: seen.count, findings: findings)
    }

    /// One SCAN or ZSCAN from its beginning to its end.
    private func walk(
        _ name: String,
        _ key: [RedisArgument],
        _ options: [RedisArgument],
        _ page: ([String]) async throws(JobError) -> Void
    ) async throws(JobError) {
        var cursor = "0"
        repeat {
            guard !Task.isCancelled else { throw JobError(.cancelled, "cancelled before all jobs were looked at") }
            let arguments = key + [RedisArgument(cursor)] + options + ["COUNT", 500]
            let reply = try await send(RedisCommand(name, arguments))
            guard let parts = reply.array, parts.count == 2, let next = parts[0].string else {
                throw .wrongShape(name, "a cursor and a list")
            }
            cursor = next
            try await page(try parts[1].texts(name))
        } while cursor != "0"
    }
}

/// What ``Inspector/verify(queue:progress:)`` saw.
public struct Verification: Sendable {
    /// Jobs looked at.
    public let jobs: Int
    /// The jobs that are not where their hashes say.
    public let findings: [MisplacedJob]
}
