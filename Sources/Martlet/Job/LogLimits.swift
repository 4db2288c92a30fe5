/// The limits of a job's log in Redis.
///
/// Lines beyond them are cut from the beginning of the log, and the first line then says so.
public struct LogLimits: Sendable, Hashable {
    /// The most lines of a job's log; the default is 10,000.
    public var lines: Int
    /// The most bytes of a job's log; the default is 1 MiB.
    public var bytes: Int
    /// The most bytes of a line, the rest of which is cut visibly; the default is 8 KiB.
    public var lineBytes: Int

    /// Makes limits; those that are not given have their defaults.
    public init(lines: Int = 10_000, bytes: Int = 1 << 20, lineBytes: Int = 8 << 10) {
        self.lines = lines
        self.bytes = bytes
        self.lineBytes = lineBytes
    }
}
