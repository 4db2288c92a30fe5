import Testing

@testable import RedisClient

@Suite struct RedisErrorTests {
    @Test(arguments: [
        ("NOSCRIPT No matching script.", RedisError.Code.noScript, false),
        ("MISCONF Redis is configured to save RDB snapshots", .misconf, true),
        ("NOREPLICAS Not enough good replicas to write.", .misconf, true),
        ("OOM command not allowed when used memory > 'maxmemory'.", .oom, true),
        ("LOADING Redis is loading the dataset in memory", .loading, true),
        ("READONLY You can't write against a read only replica.", .readOnly, true),
        ("MASTERDOWN Link with MASTER is down", .readOnly, true),
        ("BUSY Redis is busy running a script.", .busy, true),
        ("NOAUTH Authentication required.", .noAuth, true),
        ("WRONGPASS invalid username-password pair", .noAuth, true),
        ("NOPERM this user has no permissions", .noPermission, true),
        ("MOVED 3999 127.0.0.1:6381", .moved, true),
        ("ASK 3999 127.0.0.1:6381", .moved, true),
        ("CLUSTERDOWN Hash slot not served", .moved, true),
        ("TRYAGAIN Multiple keys request during rehashing", .moved, true),
        ("ERR max number of clients reached", .connection, true),
        ("ERR unknown command", .server, false),
        ("WRONGTYPE Operation against a key", .server, false),
        ("BUSYGROUP Consumer Group name already exists", .server, false),
        ("", .server, false),
    ])
    func `an error reply is typed by its first word`(text: String, code: RedisError.Code, isOutage: Bool) {
        let error = RedisError(reply: text)
        #expect(error.code == code)
        #expect(error.isOutage == isOutage)
        #expect(error.message == text)
        #expect(!error.mayHaveBeenApplied)
    }
}
