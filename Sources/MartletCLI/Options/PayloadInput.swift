internal import ArgumentParser
internal import Foundation
internal import Martlet

/// A payload that comes from standard input.
enum PayloadInput {
    static func read() throws -> String {
        // One byte more than is allowed is enough to refuse a payload that is too long.
        let data = try FileHandle.standardInput.read(upToCount: NewJob.mostJSON + 1) ?? Data()
        guard let text = String(validating: data, as: UTF8.self) else {
            throw ValidationError("payload: standard input is not UTF-8 text; write JSON")
        }
        return text
    }
}
