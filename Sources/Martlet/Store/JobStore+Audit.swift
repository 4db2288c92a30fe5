internal import MartletScripts
internal import RedisClient

extension JobStore {
    /// Writes the note, or replaces it with one that has the outcome (`lua/operator/audit.lua`).
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
