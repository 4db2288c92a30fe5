internal import ArgumentParser
internal import Foundation
internal import Martlet

/// Writes the output of the command line: data to standard output, messages to standard error.
enum Terminal {
    /// A line of data.
    ///
    /// When its reader has gone, as `head` does, there is nothing left to do: the process ends with 0. Any other
    /// failure ends it with 1, and a sentence.
    static func print(_ line: String) {
        write(line + "\n")
    }

    /// Writes data as it is, without a line end.
    static func write(_ text: String) {
        do {
            try FileHandle.standardOutput.write(contentsOf: Data(text.utf8))
        } catch {
            let cause = (error as NSError).userInfo[NSUnderlyingErrorKey] as? NSError ?? error as NSError
            if cause.domain == NSPOSIXErrorDomain, cause.code == Int(EPIPE) { exit(0) }
            say("standard output: \(cause.localizedDescription)")
            exit(1)
        }
    }

    /// Prints a line of JSON with all control characters escaped that a terminal could obey.
    static func print(json line: String) {
        print(Printable.escaped(json: line))
    }

    /// Prints a line of data that must not be overlooked: in red where a terminal shows colours.
    static func alert(_ line: String) {
        let environment = ProcessInfo.processInfo.environment
        let hasColours =
            isatty(STDOUT_FILENO) == 1 && environment["TERM"] != "dumb" && environment["NO_COLOR"] ?? "" == ""
        let text = Printable.escaped(line)
        print(hasColours ? "\u{1b}[31m\(text)\u{1b}[0m" : text)
    }

    /// A line of talk.
    ///
    /// When nobody can hear it, that is no reason to stop.
    static func say(_ line: String) {
        try? FileHandle.standardError.write(contentsOf: Data((line + "\n").utf8))
    }

    /// Prints a message that the next one writes over when standard error is a terminal, and nothing when it is not.
    static func tell(passing line: String) {
        guard isatty(STDERR_FILENO) == 1 else { return }
        try? FileHandle.standardError.write(contentsOf: Data("\r\u{1b}[K\(line)".utf8))
    }

    /// The width of the terminal that standard output is, in columns; nil when it is no terminal, and lines may be of
    /// any length.
    static var width: Int? {
        guard isatty(STDOUT_FILENO) == 1 else { return nil }
        if let columns = size?.ws_col, columns > 0 { return Int(columns) }
        return ProcessInfo.processInfo.environment["COLUMNS"].flatMap { Int($0) } ?? 80
    }

    /// True when standard output is a terminal, which interprets control characters.
    static var isOutput: Bool { isatty(STDOUT_FILENO) == 1 }

    /// The height of the terminal that standard output is, in lines; nil when it is unknown.
    static var height: Int? { size.flatMap { $0.ws_row > 0 ? Int($0.ws_row) : nil } }

    /// True when standard output is a terminal on which the cursor can be moved.
    static var isScreen: Bool { isatty(STDOUT_FILENO) == 1 && ProcessInfo.processInfo.environment["TERM"] != "dumb" }

    private static var size: winsize? {
        var size = winsize()
        return ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0 ? size : nil
    }

    /// Asks a question on standard error.
    /// - Returns: true for the answers `y` and `yes`.
    static func confirms(_ question: String) -> Bool {
        try? FileHandle.standardError.write(contentsOf: Data("\(question) [y/N] ".utf8))
        return ["y", "yes"].contains(readLine()?.lowercased() ?? "")
    }

    /// True when standard input is a terminal, so that somebody can be asked.
    static var isAttended: Bool { isatty(STDIN_FILENO) == 1 }
}

extension ExitCode {
    /// The command found nothing that matched.
    static let noMatch = ExitCode(3)
}
