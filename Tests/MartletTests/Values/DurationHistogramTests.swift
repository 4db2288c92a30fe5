import Martlet
import Testing

@Suite struct DurationHistogramTests {
    /// The histogram of these durations, as the scripts would have counted them.
    private func histogram(_ milliseconds: [Int64]) -> DurationHistogram {
        var fields: [String: Int] = [:]
        for duration in milliseconds { fields["t run <\(below(duration))ms", default: 0] += 1 }
        return HourlyCounts(StoredHash(fields.mapValues { "\($0)" })).types["t"]?.run ?? DurationHistogram()
    }

    /// The upper bound of the range that a duration is in, found one by one.
    private func below(_ duration: Int64) -> Int64 {
        let ends = [1] + (1...30).flatMap { [(3 << $0) / 4, 1 << $0] }.map { Int64($0) }
        return ends.first { $0 > duration } ?? 1 << 30
    }

    @Test func `a quantile of nothing is nothing`() {
        #expect(histogram([]).quantile(0.5) == nil)
        #expect(histogram([]).total == 0)
    }

    @Test(arguments: [0, 1, 2, 3] as [Int64])
    func `the shortest durations are exact`(duration: Int64) {
        for share in [0, 0.5, 0.99, 1] {
            #expect(histogram([duration, duration]).quantile(share) == .milliseconds(duration))
        }
    }

    @Test(arguments: [0.5, 0.95, 0.99])
    func `a quantile is wrong by less than half, and for what is spread out by less than a quarter`(share: Double) {
        let spread = (1...10_000).map { Int64($0) }
        for durations in [spread, spread.map { $0 * $0 / 1000 }, spread.map { _ in 1000 }, spread.map { $0 % 7 * 500 }]
        {
            let sorted = durations.sorted()
            let exact = Double(sorted[Int(share * Double(sorted.count - 1))])
            let value = Double(histogram(durations).quantile(share)?.milliseconds ?? -1)
            #expect(abs(value - exact) <= exact / 2, "\(value) for \(exact)")
            if durations == spread { #expect(abs(value - exact) <= exact / 4, "\(value) for \(exact)") }
        }
    }

    @Test func `quantiles grow with their share`() {
        var random = SystemRandomNumberGenerator()
        let durations = (0..<500).map { _ in Int64.random(in: 0...(1 << Int64.random(in: 1...30)), using: &random) }
        let histogram = histogram(durations)
        let values = (0...100).compactMap { histogram.quantile(Double($0) / 100) }
        #expect(values.count == 101 && values == values.sorted())
    }

    @Test func `what is longer than twelve days is in the last range`() {
        let value = histogram([1 << 40]).quantile(1)?.milliseconds ?? 0
        #expect(value < 1 << 30 && value > 1 << 29)
    }

    @Test func `a wait is sent as its range begins, and that is in the same range`() {
        let long: [Int64] = [1 << 29, (1 << 30) - 1, 1 << 40]
        for duration in (0...5000).map({ Int64($0) }) + long {
            let start = DurationHistogram.start(around: duration)
            #expect(start <= duration && below(start) == below(duration), "\(duration)")
        }
        #expect(DurationHistogram.start(around: -5) == 0)
    }
}

@Suite struct HourlyCountsTests {
    @Test func `a hash is read, and what is unknown in it passed over`() {
        let counts = HourlyCounts(
            StoredHash([
                "enqueued": "7", "restarted": "1", "retried": "2", "successful": "3", "error": "1", "cancelled": "1",
                "types": "a b", "a error": "1", "a retried": "2", "a run <12ms": "4", "a wait <1ms": "5",
                "running": "9", "later": "1", "a later": "1", "a later <2ms": "1", "a run <0ms": "1", "a run <xms": "1",
                "a run <99999999999ms": "1", "a b c d": "1", "warning": "none",
            ])
        )
        #expect((counts.enqueued, counts.restarted, counts.retried, counts.entered) == (7, 1, 2, 8))
        #expect(counts.finished == [.successful: 3, .error: 1, .cancelled: 1])
        #expect((counts.ended, counts.errorShare) == (5, 0.25))
        #expect(counts.types.keys.sorted() == ["a"])
        let type = counts.types["a"]
        #expect((type?.errors, type?.retried, type?.run.total, type?.wait.total) == (1, 2, 4, 5))
    }

    @Test func `numbers that somebody planted overflow nothing`() {
        var sum = HourlyCounts(StoredHash(["enqueued": "\(Int.max)", "restarted": "\(Int.max)", "error": "-5"]))
        for _ in 0..<25 { sum.add(HourlyCounts(StoredHash(["enqueued": "\(Int.max)", "t run <1ms": "\(Int.max)"]))) }
        #expect(sum.entered > 0 && sum.ended == 0)
        #expect(sum.types["t"]?.run.quantile(0.5) == .zero)
    }

    @Test func `where all were cancelled there is no share of errors`() {
        #expect(HourlyCounts(StoredHash(["cancelled": "3"])).errorShare == nil)
    }
}
