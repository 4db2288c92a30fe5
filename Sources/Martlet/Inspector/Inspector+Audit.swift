internal import MartletScripts
internal import RedisClient

extension Inspector {
    /// What operators did, the last first; the last 1,000 are kept. An entry that this release can't read is left out.
    public func audit(limit: Int = 50) async throws(JobError) -> [AuditEntry] {
        let last = min(max(limit, 1), AuditEntry.most) - 1
        let reply = try await send(RedisCommand("LRANGE", [RedisArgument(store.keys.audit), 0, RedisArgument(last)]))
        return try reply.texts("LRANGE").compactMap { AuditEntry($0) }
    }

    /// Makes one change of an operator: notes it, does it, and notes what came of it. Nothing is done that could not be
    /// noted.
    /// - Parameters:
    ///   - scope: what it is done to, in words.
    ///   - hasChanged: whether such a result is a change, and not that it was so before.
    package func recorded<Result>(
        _ action: String,
        of scope: String,
        by operator: Operator,
        hasChanged: (Result) -> Bool = { _ in true },
        _ change: () async throws(JobError) -> Result
    ) async throws(JobError) -> Result {
        let note = AuditNote(by: `operator`, action: action, scope: scope, matched: 1)
        try await store.note(note)
        do {
            let result = try await change()
            try await store.note(note, done: hasChanged(result) ? 1 : 0, failed: 0)
            return result
        } catch {
            try await store.note(note, done: 0, failed: 1)
            throw error
        }
    }
}

extension JobStore {
    /// `lua/audit`: writes the note, or anew with what came of it.
    func note(_ note: AuditNote, done: Int? = nil, failed: Int? = nil) async throws(JobError) {
        let entry = RedisArgument(note.json(done: done, failed: failed))
        let reply = try await run(
            .audit,
            on: keys.audit,
            [RedisArgument(note.id), entry, RedisArgument(AuditEntry.most)]
        )
        guard reply.word == "ok" else { throw reply.malformed() }
    }
}
