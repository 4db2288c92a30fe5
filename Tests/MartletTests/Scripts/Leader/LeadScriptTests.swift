import Martlet
import MartletTesting
import RedisClient
import Testing

extension RedisTests {
    @Suite struct LeadScriptTests {
        @Test func `the first one leads, and another stands by until its lease ends`() async throws {
            try await withSchedules { bed in
                #expect(try await bed.working.lead("ada", lease: .seconds(10)) == .leading(term: 1, isNew: true))
                try await bed.clock.advance(by: .seconds(4))
                let standby = try await bed.working.lead("bob", lease: .seconds(30))
                #expect(standby == .standingBy(leader: "ada", for: .seconds(6)))
                try await bed.clock.advance(by: .seconds(6))
                #expect(try await bed.working.lead("bob", lease: .seconds(30)) == .leading(term: 2, isNew: true))
                #expect(
                    try await bed.working.lead("ada", lease: .seconds(10))
                        == .standingBy(leader: "bob", for: .seconds(30))
                )
            }
        }

        @Test func `a leader renews under its number, also when it comes late and nobody was elected`() async throws {
            try await withSchedules { bed in
                try await bed.lead()
                for seconds in [3, 9, 500] {
                    try await bed.clock.advance(by: .seconds(seconds))
                    #expect(try await bed.working.lead("ada", lease: .seconds(10)) == .leading(term: 1, isNew: false))
                }
                #expect(try await bed.queue.send("HGET", bed.store.keys.leader, "worker").string == "ada")
            }
        }

        @Test func `of a lease that a clock set back has made too long nothing is left`() async throws {
            try await withSchedules { bed in
                try await bed.lead("ada")
                try await bed.clock.advance(by: .seconds(-4 * 3600))
                #expect(try await bed.working.lead("bob", lease: .seconds(10)) == .leading(term: 2, isNew: true))
            }
        }

        @Test func `who resigns leads no more, and another one is elected at once`() async throws {
            try await withSchedules { bed in
                try await bed.lead("ada")
                #expect(try await bed.working.resign("ada"))
                #expect(
                    try await bed.working.lead("ada", lease: .seconds(10))
                        == .standingBy(leader: nil, for: .seconds(10))
                )
                #expect(try await bed.working.lead("bob", lease: .seconds(10)) == .leading(term: 2, isNew: true))
                // The election of bob has removed the resignation of ada.
                #expect(try await bed.working.resign("bob"))
                #expect(try await bed.working.lead("ada", lease: .seconds(10)) == .leading(term: 3, isNew: true))
            }
        }

        @Test func `who resigned and is the only one leads again after one lease`() async throws {
            try await withSchedules { bed in
                try await bed.lead("ada")
                _ = try await bed.working.resign("ada")
                try await bed.clock.advance(by: .seconds(10))
                #expect(try await bed.working.lead("ada", lease: .seconds(10)) == .leading(term: 2, isNew: true))
            }
        }

        @Test func `who does not lead can't resign for who does, and twice is once`() async throws {
            try await withSchedules { bed in
                try await bed.lead("ada")
                try await bed.queue.expectUnchanged(false) {
                    try await bed.working.resign("bob")
                }
                #expect(try await bed.working.resign("ada"))
                try await bed.queue.expectUnchanged(false) {
                    try await bed.working.resign("ada")
                }
            }
        }

        @Test func `an operator sees who leads, and has it resign`() async throws {
            try await withSchedules { bed in
                // The Inspector goes by Redis's own clock: a lease that was given an hour ahead of it does not end
                // while a slow machine takes its time.
                let distance = try await bed.inspector.now().milliseconds - bed.clock.now().milliseconds
                try await bed.clock.advance(by: .milliseconds(distance + 3_600_000))
                #expect(try await bed.inspector.leader() == nil)
                #expect(try await bed.inspector.resignLeader(by: Operator("ada")) == nil)
                try await bed.lead("ada")
                let leader = try #require(try await bed.inspector.leader())
                #expect((leader.worker, leader.term) == ("ada", 1))
                #expect(leader.expiresAt.duration(since: leader.electedAt) == .seconds(10))
                #expect(try await bed.inspector.resignLeader(by: Operator("ada")) == "ada")
                #expect(try await bed.inspector.leader() == nil)
            }
        }
    }
}
