import Martlet
import MartletTesting
import RedisClient

extension Schedules {
    /// Schedules of ``Note`` with the same times.
    static func notes(
        _ names: String...,
        cron: String = "* * * * * *",
        catchUp: CatchUp = .all(limit: 1000),
        overlap: Overlap = .allow
    ) throws -> Schedules {
        var schedules = Schedules()
        for name in names {
            try schedules.add(name, cron: cron, job: Note(text: name), catchUp: catchUp, overlap: overlap)
        }
        return schedules
    }
}

extension TestBed {
    /// The whole ledger of a schedule, the oldest first.
    func ledger(_ name: String) async throws -> [SlotEntry] {
        var entries: [SlotEntry] = []
        while true {
            let page = try await inspector.slots(of: name, offset: entries.count, limit: 500)
            entries += page
            guard page.isEmpty else { continue }
            // An entry that came between two pages has moved the others on, and one of them was read twice.
            if try await inspector.slots(of: name, limit: 1).first == entries.first { return entries.reversed() }
            entries = []
        }
    }

    /// The slots that were fired, in order, in seconds.
    func fired(_ name: String) async throws -> [Int64] {
        try await ledger(name).filter { $0.kind == .fired || $0.kind == .caughtUp }.compactMap(\.slot)
            .map { $0.milliseconds / 1000 }
    }

    /// Waits until so many slots of a schedule were fired.
    func wait(for slots: Int, of name: String, within limit: Duration = .seconds(60)) async throws {
        try await eventually("\(slots) slots of \(name) were fired", within: limit) {
            do {
                return try await fired(name).count >= slots
            } catch let error as JobError where error.redis?.isOutage == true {
                return false  // asked again in a moment
            }
        }
    }

    /// Waits until somebody leads, and says who.
    @discardableResult
    func leader(not other: String? = nil, within limit: Duration = .seconds(60)) async throws -> String {
        var leader: String?
        try await eventually("somebody leads", within: limit) {
            leader = try await inspector.leader()?.worker
            return leader != nil && leader != other
        }
        return leader ?? ""
    }

    /// Has somebody who does nothing lead, and gives its number.
    func elect(_ worker: String, lease: Duration) async throws -> Int {
        guard case .leading(let term, _) = try await working.store.lead(worker, lease: lease) else {
            throw Mishap("\(worker) does not lead")
        }
        return term
    }

    /// How many commands Redis has run, those within scripts included.
    func commands() async throws -> Int {
        let text = try await redis.send(RedisCommand("INFO", ["commandstats"])).string ?? ""
        return text.matches(of: /calls=(\d+)/).compactMap { Int($0.output.1) }.reduce(0, +)
    }
}
