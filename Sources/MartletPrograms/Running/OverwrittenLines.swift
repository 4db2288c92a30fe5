/// The lines of a stream that a terminal would show over each other, as a progress bar does, which ends each of its
/// states with CR and writes the next one over it.
///
/// A state is a line like any other. After the first few, only one state a second is delivered, and always the last
/// one, so that a bar that moves a thousand times does not push all else out of a job's log. A piece that ends with LF
/// is always a line; CRLF is one end.
struct OverwrittenLines {
    /// The time between two states once the first ones are used up.
    static let period = Duration.seconds(1)
    private static let free = 10

    /// The state that was not delivered yet, and need not be if it is written over in time.
    private var held: String?
    /// True when a state was delivered since the last LF.
    private var hasShown = false
    private var free = Self.free
    private var last: ContinuousClock.Instant

    init(now: ContinuousClock.Instant) {
        last = now
    }

    /// True while there is a state that has to be delivered if nothing more comes.
    var isHolding: Bool { held != nil }

    /// The line to deliver for a piece of the stream, if there is one.
    mutating func take(_ piece: LineSplitter.Piece, now: ContinuousClock.Instant) -> String? {
        let isBlank = piece.text.isBlank
        if piece.isOpen {
            // A blank state only moves the cursor, or wipes the line.
            if isBlank { return nil }
            held = piece.text
            return due(now: now)
        }
        defer { (held, hasShown) = (nil, false) }
        // An LF after a state ends it, as the second half of CRLF.
        if isBlank, held != nil || hasShown { return held }
        return piece.text
    }

    /// The state whose time has come.
    mutating func due(now: ContinuousClock.Instant) -> String? {
        guard held != nil, free > 0 || now - last >= Self.period else { return nil }
        free = max(0, free - 1)
        last = now
        hasShown = true
        return held.take()
    }

    /// The line to deliver at the end of the stream, given what is behind the last end.
    mutating func finish(_ rest: String?) -> String? {
        if let rest, !rest.isBlank || held == nil { return rest }
        return held.take()
    }
}

extension String {
    /// True when the text has only spaces and tabs.
    ///
    /// It looks at bytes, because every line of every command passes through here.
    fileprivate var isBlank: Bool { utf8.allSatisfy { $0 == 0x20 || $0 == 0x09 } }
}
