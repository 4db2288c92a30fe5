import Martlet
import Testing

@Suite struct DurationTests {
    @Test(
        arguments: [
            (Duration.zero, 0), (.milliseconds(1), 1), (.microseconds(1999), 1), (.microseconds(-1999), -1),
            (.seconds(1.5), 1500), (.seconds(3_155_760_000), 3_155_760_000_000),
            (.seconds(Int64.max), 3_155_760_000_000),
            (.seconds(Int64.min), -3_155_760_000_000),
        ] as [(Duration, Int64)]
    )
    func `a duration is whole milliseconds, and never too many for a sum`(duration: Duration, milliseconds: Int64) {
        #expect(duration.milliseconds == milliseconds)
    }
}
