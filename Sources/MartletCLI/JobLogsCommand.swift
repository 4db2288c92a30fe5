internal import ArgumentParser
internal import Martlet

struct JobLogsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "logs",
        abstract: "Prints a job's log; with -f goes on until the job has finished.",
        discussion: "Each line has its time, the number of the attempt that wrote it, and its level."
    )

    @Argument(help: "The job's id: queue/id.", transform: JobID.argument)
    var id: JobID
    @Flag(name: .shortAndLong, help: "Follow: print lines as they come, over retries too, until the job has finished.")
    var follow = false
    @Option(help: "Only this attempt.")
    var attempt: Int?
    @Flag(help: "The lines as they are stored: one JSON object each.")
    var json = false
    @OptionGroup var connection: ConnectionOptions

    func validate() throws {
        if let attempt, attempt < 1 { throw ValidationError("--attempt \(attempt): attempts count from 1.") }
    }

    func run() async throws {
        try await connection.withClient { client in
            let inspector = client.inspector
            var next = 0
            while true {
                // The state is read before the lines: when it is final, the lines that follow are the last.
                guard let state = try await inspector.state(id) else {
                    Terminal.say("there is no job \(id)")
                    throw ExitCode.noMatch
                }
                next = try await printLines(inspector, from: next)
                guard follow, !state.isFinished else {
                    if follow { Terminal.say("\(id): \(state.title)") }
                    return
                }
                try await Task.sleep(for: .milliseconds(100))
            }
        }
    }

    private func printLines(_ inspector: Inspector, from start: Int) async throws -> Int {
        var next = start
        while true {
            let page = try await inspector.log(id, from: next)
            guard !page.entries.isEmpty, page.next > next else { return next }
            for entry in page.entries where attempt == nil || entry.attempt == attempt {
                json ? Terminal.print(json: entry.json) : Terminal.print(entry.text)
            }
            next = page.next
        }
    }
}
