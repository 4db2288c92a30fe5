import RedisClient
import Testing

@Suite struct RedisConfigurationTests {
    @Test(arguments: [
        ("redis://localhost", "redis://localhost:6379/0"),
        ("REDIS://localhost:6380/3", "redis://localhost:6380/3"),
        ("redis://localhost/", "redis://localhost:6379/0"),
        ("redis://localhost?db=4", "redis://localhost:6379/4"),
        ("rediss://example.org", "rediss://example.org:6379/0"),
        ("redis://[::1]:7000/1", "redis://[::1]:7000/1"),
        ("redis://:secret@host", "redis://:***@host:6379/0"),
        ("redis://user:secret@host", "redis://user:***@host:6379/0"),
        ("redis://us%40er:se%3Acret%2F@host", "redis://us%40er:***@host:6379/0"),
        ("redis://user:secret@with@host", "redis://user:***@host:6379/0"),
        ("redis://@host", "redis://host:6379/0"),
        ("unix:///run/redis.sock", "unix:///run/redis.sock"),
        ("redis+unix:///run/redis.sock?db=2", "unix:///run/redis.sock?db=2"),
        ("unix://user:secret@/run/r.sock", "unix://user:***@/run/r.sock"),
    ])
    func `a URL is read, and shown again without its password`(url: String, shown: String) throws {
        #expect(try RedisConfiguration(url: url).description == shown)
    }

    @Test func `the parts arrive decoded`() throws {
        let configuration = try RedisConfiguration(url: "rediss://us%40er:secret@example.org:1234/5")
        #expect(configuration.endpoint == .tcp(host: "example.org", port: 1234))
        #expect(configuration.username == "us@er")
        #expect(configuration.database == 5)
        #expect(configuration.tls?.verifiesCertificate == true)
        let unix = try RedisConfiguration(url: "unix:///run/my%20redis.sock")
        #expect(unix.endpoint == .unix(path: "/run/my redis.sock"))
        #expect(unix.tls == nil)
    }

    @Test(arguments: [
        ("redis://host:99999", "port '99999'"),
        ("redis://host:0", "port '0'"),
        ("redis://host:abc", "port"),
        ("redis://[::1", "host"),
        ("redis://", "host"),
        ("redis:///0", "host"),
        ("redis://ho st", "host"),
        ("redis://host/abc", "database 'abc'"),
        ("redis://host/-1", "database '-1'"),
        ("redis://host/0?x=1", "query 'x'"),
        ("redis://host/0?db=1", "query 'db'"),
        ("http://host", "scheme 'http'"),
        ("localhost:6379", "url"),
        ("", "url"),
        ("unix://run/redis.sock", "path"),
        ("unix://", "path"),
        ("unix:///" + String(repeating: "x", count: 108), "path"),
        ("redis://:%zz@host", "password"),
        ("redis://:%FF@host", "password"),
    ])
    func `a bad URL names the field and a remedy`(url: String, field: String) throws {
        let error = #expect(throws: RedisError.self) { try RedisConfiguration(url: url) }
        #expect(error?.code == .configuration)
        #expect(error?.message.hasPrefix("Redis URL: invalid \(field)") == true, "\(error as Any)")
    }

    @Test(arguments: [
        "redis://:hunter2/x@host/0", "redis://:hunter2?x@host/0", "redis://:hunter2#x@host/0", "redis://hunter2@host",
        "redis://user:hunter2", "redis://:hunter2", "redis://:hunter2%@host", "redis://:hunter2@host:99999",
        "redis://:hunter2@host/abc", "redis://:hunter2@", "unix://:hunter2/x@/path", "unix://:hunter2@host/path",
        "unix:///path?password=hunter2", "http://user:hunter2@host", "user:hunter2@host", "hunter2",
        "redis://host/0?password=hunter2", "redis://user:/hunter2@host",
    ])
    func `no error shows a password`(url: String) throws {
        let error = #expect(throws: RedisError.self) { try RedisConfiguration(url: url) }
        #expect(!String(reflecting: error).contains("hunter2"))
    }

    @Test(arguments: ["redis://user:hunter2@host", "unix://user:hunter2@/run/redis.sock"])
    func `no way of printing a configuration shows the password`(url: String) throws {
        let configuration = try RedisConfiguration(url: url)
        var dumped = ""
        dump(configuration, to: &dumped)
        #expect(dumped.contains("password"))
        let client = try makeClient(url)
        var clientDumped = ""
        dump(client, to: &clientDumped)
        for text in [dumped, clientDumped, "\(configuration)", String(reflecting: configuration), "\(client)"] {
            #expect(!text.contains("hunter2"))
        }
    }
}
