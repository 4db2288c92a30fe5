internal import ArgumentParser
internal import Foundation
internal import Martlet

/// The option of every command that changes something.
struct OperatorOptions: ParsableArguments {
    @Option(
        name: .customLong("as"),
        help: ArgumentHelp("Note this name in the audit list. Default: you, as user@host.", valueName: "name")
    )
    var name: String?
    @OptionGroup var connection: ConnectionOptions

    /// The person who runs the command.
    func operating() throws -> Operator { try Self.person(name) }

    /// The person with that name; without a name, the user that this process runs as.
    static func person(_ name: String?) throws -> Operator {
        try Operator(name ?? String("\(NSUserName())@\(ProcessInfo.processInfo.hostName)".prefix(128)))
    }
}
