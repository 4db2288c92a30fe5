internal import ArgumentParser
internal import Martlet

/// The noun `worker`.
struct WorkerCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "worker",
        abstract: "Show the workers, and make them quiet.",
        subcommands: [WorkerListCommand.self, WorkerShowCommand.self, WorkerQuietCommand.self]
    )
}

extension WorkerRecord {
    /// The record as one JSON object with the field names of its hash.
    func json(leader: String?) -> String {
        var object: [String: JSONValue] = [:]
        for (name, text) in [("host", host), ("version", version), ("release", release)] {
            object[name] = .string(text ?? "")
        }
        for (name, number) in [
            ("pid", pid.map { Int($0) }), ("concurrency", concurrency), ("running", running), ("memory", memory),
            ("stuck", stuck),
            ("stale", stale),
        ] {
            object[name] = number.map { .integer(Int64($0)) }
        }
        object["started_at"] = startedAt.map { .time($0) }
        object["claimed_at"] = claimedAt.map { .time($0) }
        for (name, words) in [("queues", queues), ("types", types), ("jobs", jobs)] {
            object[name] = .array(words.map { .string($0) })
        }
        object["worker"] = .string(id)
        object["heartbeat_at"] = .time(heartbeat)
        object["quiet"] = .bool(isQuiet)
        object["leader"] = .bool(id == leader)
        return JSONValue.object(object).text
    }

    /// The marks of the worker, such as `leader, quiet`; empty for none.
    func marks(leader: String?) -> String {
        [id == leader ? "leader" : nil, isQuiet ? "quiet" : nil].compactMap(\.self).joined(separator: ", ")
    }

    /// The memory in words: `84 MiB`.
    var memoryText: String? { memory.map { "\($0 >> 20) MiB" } }
}

extension [WorkerRecord] {
    /// A warning about the workers that must not be overlooked; nil when all is well.
    var alarm: String? {
        if isEmpty { return "No workers: nothing will run." }
        for (name, values) in [("version", Set(map(\.version))), ("release", Set(map(\.release)))]
        where values.count > 1 {
            let shown = values.map { $0 ?? "" }.sorted().map { $0.isEmpty ? "none" : $0 }.joined(separator: ", ")
            return "Workers of different \(name)s: \(shown)."
        }
        return nil
    }
}

extension Inspector {
    /// Finds the live worker with this id, or the only one whose id begins with it.
    func worker(named text: String) async throws -> WorkerRecord {
        let workers = try await workers()
        if let exact = workers.first(where: { $0.id == text }) { return exact }
        // An empty text is the beginning of every id, for example from an unset variable of a script, so it matches
        // nothing.
        let matches = text.isEmpty ? [] : workers.filter { $0.id.hasPrefix(text) }
        if matches.count == 1 { return matches[0] }
        let names = (matches.isEmpty ? workers : matches).prefix(5).map(\.id).joined(separator: ", ")
        let why =
            matches.isEmpty ? "no live worker has the id \"\(text)\"" : "\(text) is the beginning of more than one id"
        Terminal.say(Printable.escaped("\(why)\(names.isEmpty ? "" : "; there are \(names)")", limit: 1000))
        throw ExitCode.noMatch
    }
}
