import Foundation
import MartletTesting
import MartletWorker
import ProcessSupervision

/// A process under test, by default the `martlet` that was built with these tests.
///
/// What it prints goes to files, so that nothing has to be read for it to go on.
final class MartletProcess: Sendable {
    /// How a process ended, and all it printed.
    struct Ended: Sendable {
        /// The exit code; of one that a signal ended, minus its number.
        let status: Int32
        let output: String
        let errors: String
    }

    static let martlet = Bundle.main.bundleURL.appending(path: "martlet").path

    private let process: SpawnedProcess
    private let outputFile: String
    private let errorsFile: String

    /// Starts the program.
    ///
    /// What it prints goes to files of its own in `folder`.
    init(
        _ arguments: [String],
        executable: String = MartletProcess.martlet,
        environment: [String: String] = [:],
        input: String? = nil,
        folder: String
    ) throws {
        let name = UUID().uuidString
        outputFile = "\(folder)/\(name).out"
        errorsFile = "\(folder)/\(name).err"
        let output = try Self.create(outputFile)
        let errors = try Self.create(errorsFile)
        var standardInput: FileHandle?
        if let input {
            let file = "\(folder)/\(name).in"
            try Data(input.utf8).write(to: URL(filePath: file))
            standardInput = try FileHandle(forReadingFrom: URL(filePath: file))
        }
        process = try SpawnedProcess(
            executable,
            arguments,
            environment: ProcessInfo.processInfo.environment
                .merging(["COLUMNS": "80", "NO_COLOR": "1"]) { $1 }
                .merging(environment) { $1 },
            folder: folder,
            input: standardInput?.fileDescriptor,
            output: output.fileDescriptor,
            errors: errors.fileDescriptor
        )
        for file in [output, errors, standardInput] { try file?.close() }
    }

    var pid: Int32 { process.pid }
    var isRunning: Bool { process.ending == nil }
    var output: String { Self.text(outputFile) }
    var errors: String { Self.text(errorsFile) }

    func signal(_ signal: Int32) {
        process.signal(signal)
    }

    /// Waits until it has ended.
    func ended(within limit: Duration = .seconds(120)) async throws -> Ended {
        do {
            try await eventually("the process ends", within: limit) { !isRunning }
        } catch {
            throw Mishap("\(error); it printed: \(output.prefix(1000)) \(errors.prefix(1000))")
        }
        let status =
            switch await process.end() {
            case .exit(let code): code
            case .signal(let signal): -signal
            }
        return Ended(status: status, output: output, errors: errors)
    }

    /// Waits until it has said something on standard error.
    func said(_ text: String, within limit: Duration = .seconds(60)) async throws {
        do {
            try await eventually("the process says \(text)", within: limit) { errors.contains(text) }
        } catch {
            throw Mishap("\(error); it said: \(errors.prefix(2000))")
        }
    }

    private static func create(_ path: String) throws -> FileHandle {
        try Data().write(to: URL(filePath: path))
        return try FileHandle(forWritingTo: URL(filePath: path))
    }

    private static func text(_ path: String) -> String {
        String(decoding: FileManager.default.contents(atPath: path) ?? Data(), as: UTF8.self)
    }
}

struct Mishap: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
}
