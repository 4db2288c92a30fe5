import NIOCore
import NIOPosix
import Testing

@testable import MartletWorker

@Suite(.timeLimit(.minutes(15))) struct WakeUpTests {
    private let wakeUp = WakeUp(eventLoop: MultiThreadedEventLoopGroup.singleton.next())

    @Test func `a call that nobody waits for is kept for the next who waits`() async {
        wakeUp.raise()
        #expect(await wakeUp.wait())
    }

    @Test func `a call that is taken back wakes nobody`() async {
        wakeUp.raise()
        #expect(wakeUp.lower())
        #expect(!wakeUp.lower())
        #expect(await wakeUp.wait(.milliseconds(20)))
    }

    @Test func `a waiter is woken by a call, by time and by the stop, and only the stop ends its loop`() async {
        async let waited = wakeUp.wait()
        wakeUp.raise()
        #expect(await waited)
        #expect(await wakeUp.wait(.milliseconds(1)))
        async let stopped = wakeUp.wait()
        wakeUp.stop()
        #expect(await !stopped)
    }

    @Test func `once it is stopped nobody waits`() async {
        wakeUp.stop()
        #expect(wakeUp.isStopped)
        for _ in 0..<3 {
            #expect(await !wakeUp.wait())
        }
    }

    @Test func `a second waiter is a mistake that ends the process`() async {
        await #expect(processExitsWith: .failure) {
            let wakeUp = WakeUp(eventLoop: MultiThreadedEventLoopGroup.singleton.next())
            await withDiscardingTaskGroup { group in
                for _ in 0..<2 { group.addTask { await wakeUp.wait() } }
            }
        }
    }
}
