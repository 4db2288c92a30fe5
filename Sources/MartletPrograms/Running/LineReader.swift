internal import CLauncher
internal import Glibc

/// A reader of one stream of a command, which delivers its lines one after the other.
///
/// It reads on only when the last line was taken, so a slow taker slows the command down instead of filling memory.
struct LineReader {
    let descriptor: ReadableDescriptor

    /// Delivers the lines until the end of the stream, or until the descriptor was interrupted and what the pipe then
    /// held is delivered.
    ///
    /// The command has ended in the latter case, and whoever holds the pipe open does not belong to it.
    func deliver(to take: (String) async -> Void) async {
        var splitter = LineSplitter()
        var lines = OverwrittenLines(now: .now)
        // The last moment at which a wake-up was asked for: one at a time is enough.
        var wake = ContinuousClock.now
        var buffer = [UInt8](repeating: 0, count: 32 * 1024)
        var rest: Int?
        while rest != 0 {
            if rest == nil, descriptor.isInterrupted {
                rest = Int(launcher_pending(descriptor.number))
                continue
            }
            let count = read(descriptor.number, &buffer, min(buffer.count, rest ?? .max))
            if count > 0 {
                let now = ContinuousClock.now
                for piece in splitter.split(buffer[..<count]) {
                    if let line = lines.take(piece, now: now) { await take(line) }
                }
                rest? -= count
            } else if count < 0, errno == EINTR {
                continue
            } else if count < 0, errno == EAGAIN, rest == nil {
                let now = ContinuousClock.now
                if let line = lines.due(now: now) { await take(line) }
                let needsWakeUp = lines.isHolding && wake <= now
                if needsWakeUp { wake = now + OverwrittenLines.period }
                await descriptor.readable(within: needsWakeUp ? OverwrittenLines.period : nil)
            } else {
                // This is the end: a pipe has no other error.
                break
            }
        }
        if let line = lines.finish(splitter.finish()) { await take(line) }
    }
}
