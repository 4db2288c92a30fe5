internal import Martlet
internal import MartletArchive
internal import RedisClient

extension Archive {
    /// Fills an archive with made-up jobs that finished one second after the other, each with so many log lines: to
    /// measure reads on.
    static func fill(path: String, jobs: Int, linesEach: Int) async throws(ArchiveError) {
        let (archive, _, _) = try await open(path: path, setsAside: false)
        defer { archive.close() }
        var start = 0
        while start < jobs {
            let end = min(start + 500, jobs)
            let now = 1_700_000_000_000 + Int64(start) * 1000
            let jobs = (start..<end).compactMap { madeUpJob($0, lines: linesEach) }
            _ = try await archive.add(jobs, now: now, before: .now + .seconds(600), at: { _ in })
            start = end
        }
    }

    private static func madeUpJob(_ number: Int, lines: Int) -> FinishedJob? {
        let time = 1_700_000_000_000 + Int64(number) * 1000
        let fields: [(String, String)] = [
            ("type", "made.up"), ("state", "successful"), ("payload", "{}"), ("enqueued_at", "\(time)"),
            ("started_at", "\(time)"), ("finished_at", "\(time + 500)"), ("attempt", "1"),
        ]
        let reply = RedisValue.array(fields.flatMap { [.simple($0), .simple($1)] })
        guard let id = try? JobID(queue: "default", local: "made-\(number)") else { return nil }
        var job = FinishedJob(id, reply)
        let texts = [
            "started", "connected to host", "timeout of host", "connection refused by host", "page done by host",
        ]
        job?.log = (0..<lines).map { line in
            let place = number * lines + line
            let text = "\(texts[place % texts.count]) host\(place % 97) rare\(place % 99_991)"
            return #"{"time":\#(time),"level":"info","attempt":1,"message":"\#(text)"}"#
        }
        return job
    }
}
