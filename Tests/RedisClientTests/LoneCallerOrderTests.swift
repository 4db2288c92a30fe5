import Foundation
import NIOCore
import NIOPosix
import ProcessSupervision
import RedisClient
import Testing

/// Commands of others that come while a reply which a lone caller could not read waits for the event loop.
@Suite(.timeLimit(.minutes(15))) struct LoneCallerOrderTests {
    @Test func `commands that come before the event loop has read an error get their own replies`() async throws {
        try await withClient { _, server in
            // A loop of its own, which this test may hold up.
            let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
            let client = RedisClient(
                try RedisConfiguration(url: server.url),
                logger: silentLogger,
                eventLoop: group.next()
            )
            for _ in 0..<10 {
                try await client.callAlone(50)
                let hold = DispatchSemaphore(value: 0)
                group.next().execute { hold.wait() }
                async let error = client.failure(of: "NOSUCH")
                async let slow = client.send(Self.slow("a", milliseconds: 30))
                try await Task.sleep(for: .milliseconds(5))
                hold.signal()
                #expect(await error?.code == .server)
                // The next one comes while the first is under way, and the last when that has been answered.
                async let next = client.send(Self.slow("b", milliseconds: 60))
                #expect(try await slow.string == "a")
                async let last = client.send(RedisCommand("ECHO", ["c"]))
                #expect(try await (next.string, last.string) == ("b", "c"))
            }
            await client.close()
            try await group.shutdownGracefully()
        }
    }

    /// A command that keeps Redis busy for some time and answers with a text.
    private static func slow(_ text: RedisArgument, milliseconds: Int) -> RedisCommand {
        let script = """
            local function now() local t = redis.call('TIME') return t[1] * 1000000 + t[2] end
            local start = now()
            while now() - start < ARGV[2] * 1000 do end
            return ARGV[1]
            """
        return RedisCommand("EVAL", [RedisArgument(script), "0", text, RedisArgument(milliseconds)])
    }
}
