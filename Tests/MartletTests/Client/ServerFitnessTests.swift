import Testing

@testable import Martlet

@Suite struct ServerFitnessTests {
    private func fitness(_ version: String = "7.0.15", _ policy: String = "noeviction", aof: Bool = true)
        -> ServerFitness
    {
        ServerFitness([
            "redis_version": Substring(version), "maxmemory_policy": Substring(policy), "aof_enabled": aof ? "1" : "0",
        ])
    }

    @Test(arguments: ["7.0.0", "7.0.15", "7.4", "8.2.1", "10.0"])
    func `Redis from 7 on is fit`(version: String) throws {
        try fitness(version).check()
        #expect(fitness(version).warnings.isEmpty)
    }

    @Test(arguments: ["6.2.14", "6.9", "5", "", "x"])
    func `an older one is refused by its version`(version: String) {
        let error = #expect(throws: JobError.self) { try fitness(version).check() }
        #expect(error?.code == .unfit)
        #expect(error?.message.contains("\(version)") == true)
        #expect(error?.message.contains("7.0") == true)
    }

    @Test(arguments: [
        "allkeys-lru", "allkeys-lfu", "allkeys-random", "volatile-lru", "volatile-lfu", "volatile-random",
        "volatile-ttl",
    ])
    func `one that evicts is refused with the remedy`(policy: String) {
        let error = #expect(throws: JobError.self) { try fitness("7.0", policy).check() }
        #expect(error?.code == .unfit)
        #expect(error?.message.contains(policy) == true)
        #expect(error?.message.contains("CONFIG SET maxmemory-policy noeviction") == true)
    }

    @Test func `one that does not write what it takes in is warned of`() throws {
        try fitness(aof: false).check()
        #expect(fitness(aof: false).warnings.count == 1)
        #expect(fitness(aof: false).warnings[0].remedy.contains("appendonly yes"))
    }
}
