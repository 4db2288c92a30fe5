internal import Foundation

/// The history of one process, on disk line by line: each is one write that appends, so that a SIGKILL takes nothing
/// of what was observed.
struct HistoryFile: Sendable {
    private let descriptor: Int32

    /// - Throws: the error of the operating system when the file can't be opened.
    init(path: String) throws {
        descriptor = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw POSIXError(POSIXErrorCode(rawValue: errno) ?? .EIO) }
    }

    func add(_ event: HistoryEvent) {
        add([event])
    }

    func add(_ events: [HistoryEvent]) {
        guard !events.isEmpty else { return }
        let bytes = Array(events.map(\.line).joined().utf8)
        // A history with a hole would have the oracle judge a run that was not: better none, also of the workers that
        // write it.
        guard write(descriptor, bytes, bytes.count) == bytes.count else { fatalError("the history can't be written") }
    }

    /// The wall clock of this machine in milliseconds, which all processes of a run share.
    static var now: Int64 {
        Int64(Date().timeIntervalSince1970 * 1000)
    }

    /// All events of the files `*.jsonl` in a folder, file by file.
    static func read(folder: String, _ each: (_ file: String, HistoryEvent) -> Void) throws {
        for file in try FileManager.default.contentsOfDirectory(atPath: folder).sorted() where file.hasSuffix(".jsonl")
        {
            let bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: "\(folder)/\(file)")))
            for line in bytes.split(separator: UInt8(ascii: "\n")) {
                guard let event = HistoryEvent(line: line) else {
                    throw ChaosError("\(file) has a line that is none: \(String(decoding: line, as: UTF8.self))")
                }
                each(file, event)
            }
        }
    }
}

/// The harness itself can't go on.
struct ChaosError: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) {
        self.description = description
    }
}
