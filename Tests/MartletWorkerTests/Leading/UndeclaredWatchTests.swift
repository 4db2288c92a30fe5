import Testing

@testable import MartletWorker

/// Which schedules count as declared by nobody.
@Suite struct UndeclaredWatchTests {
    @Test func `one that stays silent over three looks is to be disabled`() {
        var undeclared = UndeclaredWatch()
        var now = ContinuousClock.now
        for look in 1...3 {
            #expect(undeclared.isDue(now))
            #expect(undeclared.look(["a": 5, "b": look], now) == (look == 3 ? ["a": 5] : [:]))
            #expect(!undeclared.isDue(now + .seconds(59)))
            now += .seconds(60)
        }
    }

    /// After a leap of Redis's clock all are silent at once, until their programs are heard again.
    @Test func `one that is heard again begins anew`() {
        var undeclared = UndeclaredWatch()
        let now = ContinuousClock.now
        _ = undeclared.look(["a": 5], now)
        _ = undeclared.look(["a": 5], now)
        #expect(undeclared.look([:], now) == [:])
        #expect(undeclared.look(["a": 5], now) == [:])
        #expect(undeclared.look(["a": 7], now) == [:])
        #expect(undeclared.look(["a": 7], now) == [:])
        #expect(undeclared.look(["a": 7], now) == ["a": 7])
    }

    @Test func `who did not lead meanwhile begins anew`() {
        var undeclared = UndeclaredWatch()
        let now = ContinuousClock.now
        _ = undeclared.look(["a": 5], now)
        _ = undeclared.look(["a": 5], now)
        undeclared.forget()
        #expect(undeclared.isDue(.now))
        #expect(undeclared.look(["a": 5], now) == [:])
    }
}

@Suite struct LeadershipTests {
    @Test func `it lasts as long as the lease and no longer`() {
        let leadership = Leadership()
        #expect(leadership.term == nil)
        #expect(leadership.hold(3, until: .now + .seconds(60)))
        #expect(leadership.term == 3)
        #expect(!leadership.hold(3, until: .now - .seconds(1)))
        #expect(leadership.term == nil)
        #expect(leadership.hold(3, until: .now + .seconds(60)))
        #expect(leadership.lose() == 3)
        #expect(leadership.term == nil)
        #expect(leadership.lose() == nil)
    }

    @Test func `once closed it never begins again`() {
        let leadership = Leadership()
        leadership.close()
        #expect(!leadership.hold(1, until: .now + .seconds(60)))
        #expect(leadership.term == nil)
    }
}
