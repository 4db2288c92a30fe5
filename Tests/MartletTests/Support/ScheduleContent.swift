import FoundationEssentials
import Martlet
import MartletTesting
import RedisClient

/// All schedules, read into memory to be compared with themselves.
struct ScheduleContent {
    private(set) var violations: [String] = []
    private let now: Int64

    init(_ client: JobClient) async throws {
        now = try await TestClock(of: client).now().milliseconds
        let (keys, redis) = (client.store.keys, client.store.redis)
        func read(_ name: String, _ arguments: String...) async throws -> RedisValue {
            try await redis.send(RedisCommand(name, arguments.map { RedisArgument($0) }))
        }
        let names = try await read("ZRANGE", keys.schedules, "0", "-1", "WITHSCORES").pairs
        let due = try await read("ZRANGE", keys.due, "0", "-1", "WITHSCORES").pairs
        let declared = try await read("ZRANGE", keys.declared, "0", "-1", "WITHSCORES").pairs
        let all = try await read("KEYS", keys.scheduler + ":*").array?.compactMap(\.string) ?? []
        for key in all {
            let parts = key.dropFirst(keys.scheduler.count + 1).split(separator: ":", maxSplits: 1).map(String.init)
            switch (parts[0], parts.count) {
            case ("leader", 1), ("term", 1), ("sequence", 1), ("due", 1), ("declared", 1), ("pending", 1),
                ("schedules", 1), ("news", 1), ("programs", 1), ("removed", 1):
                break
            case ("schedule", 2): require(names[parts[1]] != nil, "schedule \(parts[1]) is not among the names")
            case ("slots", 2): require(names[parts[1]] != nil, "a ledger of no schedule: \(parts[1])")
            default: violations.append("a key of no kind: \(key)")
            }
        }
        for name in declared.keys { require(names[name] != nil, "\(name) is declared and no schedule") }
        for name in due.keys { require(names[name] != nil, "\(name) is due and no schedule") }
        for name in names.keys {
            let fields = try await read("HGETALL", keys.schedule(name)).pairs
            let record = ScheduleRecord(name, StoredHash(fields), now: Date(milliseconds: 0))
            require(record?.problem == nil, "\(name): \(record?.problem ?? "")")
            check(name, fields, due: due[name], declared: declared[name])
            let ledger = try await read("LRANGE", keys.slots(name), "0", "-1").array?.compactMap(\.string) ?? []
            require(ledger.count <= 1000, "\(name): the ledger has \(ledger.count) lines")
            for line in ledger { require(SlotEntry(line) != nil, "\(name): a line that can't be read: \(line)") }
            let slots = ledger.compactMap { SlotEntry($0) }.filter { [.fired, .caughtUp].contains($0.kind) }
            require(Set(slots.map(\.slot)).count == slots.count, "\(name): a slot was fired twice")
            require(Set(slots.map(\.job)).count == slots.count, "\(name): two slots with the same job")
        }
        var last = "0"
        for entry in try await read("LRANGE", keys.pending, "0", "-1").array?.compactMap(\.string) ?? [] {
            let sequence = String(entry.dropFirst(#"{"sequence":"#.count).prefix { $0.isNumber })
            require(sequence.count > last.count || sequence > last, "the pending list is out of order at \(sequence)")
            last = sequence
        }
    }

    private mutating func check(_ name: String, _ fields: [String: String], due: String?, declared: String?) {
        let isEnabled = fields["paused_at"] == nil && fields["disabled_at"] == nil
        require(isEnabled || due == nil, "\(name) is due and not enabled")
        require(isEnabled || fields["slot"] == nil, "\(name) has a next slot and is not enabled")
        let (slot, last) = (Int(fields["slot"] ?? ""), Int(fields["last_slot"] ?? ""))
        if let slot, let score = due.flatMap({ Double($0) }) {
            let offset =
                ScheduleRecord(name, StoredHash(fields), now: Date(milliseconds: 0))?.schedule?.offsetMilliseconds ?? 0
            // After an edit it looks at once, also at a slot that has come already.
            require(Int(score) <= max(slot + offset, Int(now)), "\(name): the leader would look after its slot")
            require(slot > last ?? -1, "\(name): the next slot is not beyond the last")
        }
        require(slot == nil || due != nil, "\(name) has a next slot and is not due")
        require(declared == nil || fields["origin"] == "declared", "\(name) is among the declared and is not")
        for field in ScheduleField.allCases where fields["origin"] == "declared" {
            let isEdited = (fields["edited"] ?? "").split(separator: " ").contains { $0 == field.rawValue }
            let isOwn = fields[field.rawValue] == fields["declared_\(field.rawValue)"]
            require(isEdited != isOwn, "\(name): \(field.rawValue) differs from its declaration, edited \(isEdited)")
        }
    }

    private mutating func require(_ condition: Bool, _ violation: @autoclosure () -> String) {
        if !condition { violations.append(violation()) }
    }
}
