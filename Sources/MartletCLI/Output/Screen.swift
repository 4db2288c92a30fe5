/// Shows something again and again: on a terminal in place, on a screen of its own, and elsewhere block after block,
/// with a blank line between them.
struct Screen: Sendable {
    let isInPlace: Bool

    /// Switches to the alternate screen, without a cursor, and with lines cut at its edge.
    func open() {
        if isInPlace { Terminal.write("\u{1b}[?1049h\u{1b}[?25l\u{1b}[?7l") }
    }

    func show(_ lines: [String]) {
        guard isInPlace else { return (lines + [""]).forEach { Terminal.print($0) } }
        let height = max(Terminal.height ?? 24, 2)
        let shown =
            lines.count <= height ? lines : lines.prefix(height - 1) + ["… \(lines.count - height + 1) more lines"]
        // Each line is written over the old one and the rest of it is cleared, so that nothing flickers.
        Terminal.write("\u{1b}[H" + shown.joined(separator: "\u{1b}[K\r\n") + "\u{1b}[K\u{1b}[J")
    }

    /// Restores the terminal.
    func close() {
        if isInPlace { Terminal.write("\u{1b}[?7h\u{1b}[?25h\u{1b}[?1049l") }
    }
}
