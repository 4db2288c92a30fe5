#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// This machine's clock. It orders ids and nothing else: what is due, leased or late is decided by Redis's clock.
enum WallClock {
    /// Milliseconds since 1970.
    static func milliseconds() -> UInt64 {
        var now = timespec()
        clock_gettime(CLOCK_REALTIME, &now)
        return UInt64(now.tv_sec) * 1000 + UInt64(now.tv_nsec) / 1_000_000
    }
}
