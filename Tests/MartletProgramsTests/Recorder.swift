import MartletPrograms
import Synchronization
import Testing

/// Keeps the lines of a command.
final class Recorder: Sendable {
    private let recorded = Mutex<[(stream: CommandStream, line: String)]>([])

    func record(_ stream: CommandStream, _ line: String) {
        recorded.withLock { $0.append((stream, line)) }
    }

    var isEmpty: Bool { recorded.withLock { $0.isEmpty } }
    var output: [String] { lines(of: .output) }
    var errors: [String] { lines(of: .error) }

    /// What the runner itself said.
    var notes: [String] { lines(of: .runner) }

    private func lines(of stream: CommandStream) -> [String] {
        recorded.withLock { $0.filter { $0.stream == stream }.map(\.line) }
    }
}

/// Runs a command to its end and gives its lines; a failure is an issue unless it is asked for.
func run(
    _ arguments: [String],
    directory: String? = nil,
    input: String = "",
    environment: [String: String] = [:],
    failure: CommandFailure? = nil,
    leftoverGrace: Duration = .seconds(60),
    sourceLocation: SourceLocation = #_sourceLocation
) async throws -> Recorder {
    let recorder = Recorder()
    try await run(
        Command(arguments: arguments, environment: environment, directory: directory),
        recorder,
        input: input,
        failure: failure,
        leftoverGrace: leftoverGrace,
        sourceLocation: sourceLocation
    )
    return recorder
}

/// Runs a command to its end and records its lines; a failure is an issue unless it is asked for.
func run(
    _ command: Command,
    _ recorder: Recorder,
    input: String = "",
    failure: CommandFailure? = nil,
    leftoverGrace: Duration = .seconds(60),
    sourceLocation: SourceLocation = #_sourceLocation
) async throws {
    do throws(CommandFailure) {
        let runner = try CommandRunner(leftoverGrace: leftoverGrace)
        try await runner.run(command, input: Array(input.utf8)) { recorder.record($0, $1) }
        #expect(failure == nil, sourceLocation: sourceLocation)
    } catch {
        #expect(error == failure, sourceLocation: sourceLocation)
    }
}
