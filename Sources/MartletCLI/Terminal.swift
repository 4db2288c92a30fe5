internal import ArgumentParser
internal import Foundation
internal import Martlet

/// What the command line writes: data to standard output, talk to standard error.
enum Terminal {
    /// A line of data. When its reader has gone, as `head` does, there is nothing left to do: the process ends with 0.
    /// Any other failure ends it with 1, and a sentence.
    static func print(_ line: String) {
        do {
            try FileHandle.standardOutput.write(contentsOf: Data((line + "\n").utf8))
        } catch {
            let cause = (error as NSError).userInfo[NSUnderlyingErrorKey] as? NSError ?? error as NSError
            if cause.domain == NSPOSIXErrorDomain, cause.code == Int(EPIPE) { exit(0) }
            say("standard output: \(cause.localizedDescription)")
            exit(1)
        }
    }

    /// A line of JSON, in which nothing is left that a terminal could obey.
    static func print(json line: String) {
        print(Printable.escaped(json: line))
    }

    /// A line of talk. When nobody can hear it, that is no reason to stop.
    static func say(_ line: String) {
        try? FileHandle.standardError.write(contentsOf: Data((line + "\n").utf8))
    }
}

extension ExitCode {
    /// Nothing matched.
    static let noMatch = ExitCode(3)
}
