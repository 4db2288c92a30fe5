internal import Algorithms
internal import RedisClient

extension Inspector {
    /// Checks that every job of a queue is in exactly one state set, the one that its hash names, and that nothing is
    /// orphaned.
    ///
    /// It walks the keys with SCAN and the sets with ZSCAN, some 500 at a time, and judges each page in one script, so
    /// it may run beside workers. A job that comes or goes meanwhile is judged as it is when its page is judged.
    ///
    /// - Parameters:
    ///   - queue: The name of the queue.
    ///   - progress: Called with the number of jobs looked at so far.
    /// - Returns: The number of jobs looked at, and what is wrong.
    /// - Throws: ``JobError``, with the code `cancelled` between two pages when the task is cancelled.
    public func verify(
        queue: String,
        progress: (Int) -> Void = { _ in }
    ) async throws(JobError) -> Verification {
        try await verify(queue: Name.checked(queue, field: "queue"), repairs: false, progress: progress)
    }

    /// Verifies a queue, and moves each job that is misplaced to the set that its hash names.
    ///
    /// It works and fails as ``verify(queue:progress:)`` does, and notes the repair in the audit list; what was
    /// repaired before an error stays repaired.
    public func repair(
        queue: String,
        by operator: Operator,
        progress: (Int) -> Void = { _ in }
    ) async throws(JobError) -> Verification {
        let queue = try Name.checked(queue, field: "queue")
        return try await recorded(.repairQueue, of: queue, by: `operator`) { () throws(JobError) in
            try await verify(queue: queue, repairs: true, progress: progress)
        }
    }

    private func verify(
        queue: String,
        repairs: Bool,
        progress: (Int) -> Void
    ) async throws(JobError) -> Verification {
        var seen: Set<[UInt8]> = []
        var findings: [MisplacedJob] = []
        func judge(_ members: [[UInt8]]) async throws(JobError) {
            let fresh = members.filter { seen.insert($0).inserted }
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
                try await judge(keys.map { Array($0.dropFirst(beginning.utf8.count)) })
            }
        }
        let sets = JobState.allCases.map { store.keys.state($0, of: queue) } + [store.keys.deadlines(queue)]
        for key in sets.map({ RedisArgument($0) }) {
            try await walk("ZSCAN", [key], []) { items throws(JobError) in
                try await judge(stride(from: 0, to: items.count, by: 2).map { items[$0] })
            }
        }
        return Verification(jobs: seen.count, findings: findings)
    }

    /// Walks through one SCAN or ZSCAN from its beginning to its end.
    private func walk(
        _ name: String,
        _ key: [RedisArgument],
        _ options: [RedisArgument],
        _ page: ([[UInt8]]) async throws(JobError) -> Void
    ) async throws(JobError) {
        var cursor = "0"
        repeat {
            guard !Task.isCancelled else { throw JobError(.cancelled, "cancelled before all jobs were looked at") }
            let arguments = key + [RedisArgument(cursor)] + options + ["COUNT", 500]
            let reply = try await send(RedisCommand(name, arguments))
            guard let parts = reply.array, parts.count == 2, let next = parts[0].string,
                let items = parts[1].array?.compactMap(\.bytes)
            else { throw .wrongShape(name, "a cursor and a list") }
            cursor = next
            try await page(items)
        } while cursor != "0"
    }
}

/// The result of ``Inspector/verify(queue:progress:)``.
public struct Verification: Sendable {
    /// The number of jobs looked at.
    public let jobs: Int
    /// The jobs that are not where their hashes say.
    public let findings: [MisplacedJob]
}
