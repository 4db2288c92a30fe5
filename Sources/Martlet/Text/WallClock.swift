#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// This machine's clock, which only orders ids.
///
/// Redis's clock decides what is due, leased or late.
enum WallClock {
    /// The milliseconds since 1970.
    static func milliseconds() -> UInt64 {
        var now = timespec()
        clock_gettime(CLOCK_REALTIME, &now)
        return UInt64(now.tv_sec) * 1000 + UInt64(now.tv_nsec) / 1_000_000
    }
}
