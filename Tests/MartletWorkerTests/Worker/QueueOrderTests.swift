import MartletTesting
import Testing

@testable import MartletWorker

@Suite struct QueueOrderTests {
    @Test func `strict keeps its order in every round`() {
        var random = SplitMix64(seed: 1)
        let order = QueueOrder.strict(["c", "a", "b"])
        for _ in 0..<10 {
            #expect(order.round(using: &random) == ["c", "a", "b"])
        }
        #expect(order.queues == ["a", "b", "c"])
    }

    @Test func `a queue named twice is one queue`() {
        #expect(QueueOrder.strict(["a", "b", "a"]).queues == ["a", "b"])
        #expect((["a", "b", "a"] as QueueOrder).queues == ["a", "b"])
    }

    @Test func `every round has every queue once`() {
        var random = SplitMix64(seed: 2)
        let order = QueueOrder.weighted(["a": 1, "b": 1000, "c": 7])
        for _ in 0..<100 {
            #expect(order.round(using: &random).sorted() == ["a", "b", "c"])
        }
    }

    @Test func `a queue comes first as often as its weight says`() {
        var random = SplitMix64(seed: 3)
        let order = QueueOrder.weighted(["mail": 5, "default": 1])
        let first = (0..<12_000).count { _ in order.round(using: &random)[0] == "mail" }
        #expect((9_700...10_300).contains(first), "\(first) of 12,000, expected 10,000")
    }

    @Test func `queues of the same weight come first equally often`() {
        var random = SplitMix64(seed: 4)
        let order: QueueOrder = ["a", "b", "c", "d"]
        var firsts: [String: Int] = [:]
        for _ in 0..<8000 { firsts[order.round(using: &random)[0], default: 0] += 1 }
        #expect(firsts.values.allSatisfy { (1800...2200).contains($0) }, "\(firsts)")
    }
}
