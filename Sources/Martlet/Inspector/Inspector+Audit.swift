internal import RedisClient

extension Inspector {
    /// Reads the last changes by operators, the newest first; the last 1,000 are kept.
    ///
    /// An entry that this release cannot read is left out.
    public func audit(limit: Int = 50) async throws(JobError) -> [AuditEntry] {
        let last = min(max(limit, 1), AuditEntry.most) - 1
        let reply = try await send(RedisCommand("LRANGE", [RedisArgument(store.keys.audit), 0, RedisArgument(last)]))
        return try reply.texts("LRANGE").compactMap { AuditEntry($0) }
    }

    /// Makes one change of an operator and notes it before, and again with its outcome.
    ///
    /// Nothing is changed that could not be noted before.
    ///
    /// - Parameters:
    ///   - action: The kind of the change.
    ///   - scope: The target of the change, in words.
    ///   - operator: Who makes the change.
    ///   - hasChanged: Tells whether a result is a change, and not how it was before.
    ///   - change: Makes the change.
    /// - Returns: The result of `change`.
    /// - Throws: ``JobError`` of `change`, or of the note.
    package func recorded<Result>(
        _ action: AuditAction,
        of scope: String,
        by operator: Operator,
        hasChanged: (Result) -> Bool = { _ in true },
        _ change: () async throws(JobError) -> Result
    ) async throws(JobError) -> Result {
        let note = AuditNote(by: `operator`, action: action.rawValue, scope: scope, matched: 1)
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
