internal import Foundation
internal import MartletPrograms

/// A program beside Martlet, and all the processes that it starts; it is told to end when the bench does.
struct PeerProgram: Sendable {
    var arguments: [String]
    var environment: [String: String] = [:]

    /// Runs it to its end.
    ///
    /// - Returns: The lines of its standard output.
    /// - Throws: ``BenchError`` with its last words when it fails, `CancellationError` when this task is cancelled.
    @discardableResult
    func run() async throws -> [String] {
        let printed = PrintedLines()
        do throws(CommandFailure) {
            // Nothing that a worker may still hold on to is worth a wait.
            let runner = try CommandRunner(grace: .milliseconds(100), leftoverGrace: .milliseconds(100))
            try await runner.run(Command(arguments: arguments, environment: environment)) { stream, line in
                await printed.add(stream, line)
            }
        } catch {
            if error == .cancelled { throw CancellationError() }
            let words = await printed.errors.suffix(5).joined(separator: "\n")
            throw BenchError("\(arguments.joined(separator: " ")): \(error)\n\(words)")
        }
        return await printed.output
    }

    /// Runs `body` while so many of these programs run, which are ended behind it.
    ///
    /// - Throws: What `body` throws, and ``BenchError`` when one of them ends before.
    static func with<Result: Sendable>(
        _ programs: [PeerProgram],
        _ body: @escaping @Sendable () async throws -> Result
    ) async throws -> Result {
        try await withThrowingTaskGroup(of: Result?.self) { group in
            for program in programs {
                group.addTask {
                    do {
                        try await program.run()
                    } catch is CancellationError {
                        return nil
                    }
                    throw BenchError("\(program.arguments.joined(separator: " ")) has ended")
                }
            }
            group.addTask { try await body() }
            let result = try await group.next()
            group.cancelAll()
            guard let result = result ?? nil else { throw CancellationError() }
            return result
        }
    }
}

/// What a program has printed so far.
private actor PrintedLines {
    private(set) var output: [String] = []
    private(set) var errors: [String] = []

    func add(_ stream: CommandStream, _ line: String) {
        if stream == .output { output.append(line) } else { errors.append(line) }
    }
}
