internal import ArgumentParser
internal import Foundation
internal import Martlet

/// What every command that changes something has.
struct OperatorOptions: ParsableArguments {
    @Option(
        name: .customLong("as"),
        help: ArgumentHelp("Who does this, for the audit list. Default: you, as user@host.", valueName: "name")
    )
    var name: String?
    @OptionGroup var connection: ConnectionOptions

    /// Who is at it.
    func operating() throws -> Operator { try Self.person(name) }

    /// The person of that name; without one, who this process runs as.
    static func person(_ name: String?) throws -> Operator {
        try Operator(name ?? String("\(NSUserName())@\(ProcessInfo.processInfo.hostName)".prefix(128)))
    }
}
