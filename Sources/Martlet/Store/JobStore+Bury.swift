internal import Algorithms
internal import MartletScripts
internal import RedisClient

/// The way in which a process ended by itself.
package enum ProcessDeath: Sendable, Hashable, CustomStringConvertible {
    /// The name of the signal, for example `SIGSEGV`.
    case signal(String)
    case exit(code: Int32)

    package var description: String {
        switch self {
        case .signal(let name): "killed by \(name)"
        case .exit(let code): "exited with code \(code)"
        }
    }
}

// The calls of a supervisor for the jobs of a worker process that it saw die.
extension JobStore {
    /// Reads the jobs of a queue that a worker holds.
    ///
    /// It looks at every running job of the queue; there are at most as many as the fleet has places.
    package func running(of worker: String, queue: String) async throws(JobError) -> [JobID] {
        let list = RedisCommand("ZRANGE", [RedisArgument(keys.state(.running, of: queue)), 0, -1])
        let ids = try await send([list])[0].array?.compactMap(\.string) ?? []
        var held: [JobID] = []
        for some in ids.chunks(ofCount: 500) {
            // A member that is no name was not written by Martlet.
            let page = some.compactMap { try? JobID(queue: queue, local: $0) }
            let holders = try await send(page.map { RedisCommand("HGET", [RedisArgument(keys.job($0)), "worker"]) })
            held += zip(page, holders).filter { $0.1.string == worker }.map(\.0)
        }
        return held
    }

    /// Gives back or ends at most 1,000 jobs of one queue whose worker has died: running → waiting | error | cancelled
    /// (`lua/job/bury.lua`).
    ///
    /// `alone` says that the one job is all that the worker ran; otherwise nobody knows which job killed it.
    ///
    /// - Returns: The number of jobs that the worker still held.
    @discardableResult
    package func bury(
        _ ids: [JobID],
        queue: String,
        worker: String,
        death: ProcessDeath,
        alone: Bool,
        crashLimit: Int
    ) async throws(JobError) -> Int {
        let (signal, code) =
            switch death {
            case .signal(let name): (name, "")
            case .exit(let code): ("", "\(code)")
            }
        let reply = try await run(
            .bury,
            on: keys.queue(queue),
            [RedisArgument(worker), RedisArgument(signal), RedisArgument(code), alone ? "1" : "0"]
                + [RedisArgument(crashLimit)] + ids.map { RedisArgument($0.local) }
        )
        guard reply.word == "ok", reply.words.count == ids.count else { throw reply.malformed() }
        return reply.words.count { $0 != "stale" }
    }
}
