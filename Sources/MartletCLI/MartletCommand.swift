internal import ArgumentParser
internal import Foundation
internal import Martlet
internal import ProcessSupervision

/// The root of the command line.
///
/// Data goes to standard output, and messages go to standard error.
///
/// Exit codes: 0 done, 1 failed, 3 nothing matched, 64 a usage error, 69 the outcome is unknown, 70 a worker that is to
/// be replaced, 75 the time was up.
@main
struct MartletCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "martlet",
        abstract: "Run background jobs on Redis; show and steer them.",
        discussion: """
            Start with `martlet dev`, which needs nothing but redis-server. In production run `martlet work` on as many \
            machines as you like, all on one Redis.
            """,
        version: martletVersion,
        subcommands: [
            WorkCommand.self, DevCommand.self, JobCommand.self, QueueCommand.self, ScheduleCommand.self,
            WorkerCommand.self, LeaderCommand.self, StatsCommand.self, DoctorCommand.self, AuditCommand.self,
            ArchiveCommand.self, HistoryCommand.self, OutboxCommand.self, ScriptCommand.self, CompletionCommand.self,
        ]
    )

    static func main() async {
        do {
            try FirstProcess.openStandardDescriptors()
        } catch {
            // Standard error is closed, so no message could be written.
            Foundation.exit(EX_OSERR)
        }
        // When the reader of standard output goes away, the write fails with an error that `Terminal` handles. The
        // signal must not end the process before that.
        signal(SIGPIPE, SIG_IGN)
        var hasParsed = false
        do {
            try ProcessArguments.check()
            ProcessArguments.hidePassword()
            var command = try parseAsRoot()
            hasParsed = true
            if var command = command as? any AsyncParsableCommand {
                try await command.run()
            } else {
                try command.run()
            }
        } catch let error as ValidationError where hasParsed {
            // The command was parsed, and running it showed the mistake, so the usage would not help.
            Terminal.say(Printable.escaped("Error: \(error.message)", keepingNewlines: true))
            Foundation.exit(EX_USAGE)
        } catch {
            // The message may quote an argument, which may be any text.
            let message = Printable.escaped(fullMessage(for: error), keepingNewlines: true)
            guard exitCode(for: error) != .success, !message.isEmpty else { exit(withError: error) }
            Terminal.say(message)
            Foundation.exit(exitCode(for: error).rawValue)
        }
    }
}
