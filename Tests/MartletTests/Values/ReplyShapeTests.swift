import RedisClient
import Testing

@testable import Martlet

@Suite struct ReplyShapeTests {
    @Test func `a reply of the right shape is read`() throws {
        #expect(try RedisValue.array([.bulk([0x61]), .simple("b"), .integer(3)]).texts("X") == ["a", "b", "3"])
        #expect(try RedisValue.array([]).texts("X") == [])
        #expect(try RedisValue.integer(3).number("X") == 3)
        #expect(try RedisValue.bulk([0x33]).number("X") == 3)
        #expect(try RedisValue.array([.simple("a"), .simple("1"), .simple("b"), .simple("2")]).fields("X")["b"] == "2")
    }

    @Test(arguments: [
        RedisValue.null, .simple("OK"), .integer(3), .array([.null]), .array([.array([])]), .array([.error("ERR")]),
    ])
    func `one of another shape is an error that names the command`(reply: RedisValue) {
        let texts = #expect(throws: JobError.self) { try reply.texts("SMEMBERS") }
        #expect(texts?.code == .malformed)
        #expect(texts?.message.hasPrefix("SMEMBERS was not answered with a list") == true)
        #expect(throws: JobError.self) { try reply.fields("HGETALL") }
    }

    @Test func `pairs that are not paired, and numbers that are none, are errors`() {
        #expect(throws: JobError.self) { try RedisValue.array([.simple("a")]).fields("HGETALL") }
        for reply in [RedisValue.null, .simple("x"), .array([])] {
            #expect(throws: JobError.self) { try reply.number("ZCARD") }
        }
    }
}
