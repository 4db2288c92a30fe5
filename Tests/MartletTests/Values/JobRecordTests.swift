import Martlet
import RedisClient
import Testing

@Suite struct JobRecordTests {
    private func record(_ fields: [String: String]) throws -> JobRecord? {
        var hash = JobHash()
        for (name, text) in fields { hash.take(try #require(JobField(rawValue: name)), .simple(text)) }
        return JobRecord(try JobID("mail/a"), hash)
    }

    @Test(
        arguments: [
            (["state": "waiting"], "Waiting to run"), (["state": "running", "attempt": "1"], "Running"),
            (["state": "successful", "attempt": "3", "error": "x"], "Successful"), (["state": "warning"], "Warning"),
            (["state": "error", "attempt": "6", "error": "x"], "Error"), (["state": "cancelled"], "Cancelled"),
            (["state": "scheduled"], "Scheduled"), (["state": "scheduled", "attempt": "0"], "Scheduled"),
            (["state": "scheduled", "attempt": "2", "error": "x", "max_retries": "5"], "Scheduled (retry 2 of 5)"),
            (["state": "waiting", "attempt": "1", "error": "x", "max_retries": "5"], "Waiting to run (retry 1 of 5)"),
            (["state": "running", "attempt": "2", "error": "x", "max_retries": "5"], "Running (retry 1 of 5)"),
            (["state": "running", "attempt": "1", "error": "x"], "Running"),
            (["state": "running", "attempt": "3", "error": "x"], "Running (retry 2)"),
            (
                ["state": "scheduled", "attempt": "4", "attempts_before_restart": "3", "error": "x"],
                "Scheduled (retry 1)"
            ),
            (["state": "waiting", "attempt": "3", "attempts_before_restart": "3"], "Waiting to run"),
        ] as [([String: String], String)]
    )
    func `the status is what a person reads`(fields: [String: String], status: String) throws {
        let record = try record(fields.merging(["type": "t"]) { $1 })
        #expect(record?.status == status)
    }

    @Test func `a hash without type or state is no job`() throws {
        #expect(try record([:]) == nil)
        #expect(try record(["type": "t"]) == nil)
        #expect(try record(["state": "waiting"]) == nil)
        #expect(try record(["type": "t", "state": "asleep"]) == nil)
    }

    @Test func `figures that are none are left out`() throws {
        let record = try #require(
            try record(["type": "t", "state": "waiting", "priority": "x", "due_at": "", "attempt": "1.5"])
        )
        #expect((record.priority, record.dueAt, record.attempt) == (0, nil, 0))
    }
}
