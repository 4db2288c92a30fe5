internal import CLauncher
internal import Foundation

/// The environment variables of a process, byte for byte, since inherited ones need not be UTF-8.
package struct ProcessEnvironment: Sendable {
    /// The variables, each as `NAME=value`.
    private var entries: [[UInt8]]

    /// Makes an environment of the given variables and no others.
    package init(_ variables: [String: String]) {
        entries = variables.map(Self.entry)
    }

    /// The environment that this process was given.
    package static func inherited() -> ProcessEnvironment {
        var environment = ProcessEnvironment([:])
        guard var next = launcher_environment() else { return environment }
        while let entry = next.pointee {
            environment.entries.append(
                UnsafeBufferPointer(start: entry, count: strlen(entry)).map(UInt8.init(bitPattern:))
            )
            next += 1
        }
        return environment
    }

    /// These variables, and those of `others` in place of any of the same name.
    package func merging(_ others: [String: String]) -> ProcessEnvironment {
        var merged = without(Set(others.keys))
        merged.entries += others.map(Self.entry)
        return merged
    }

    /// These variables without those of the names.
    package func without(_ names: Set<String>) -> ProcessEnvironment {
        let names = Set(names.map { Array($0.utf8)[...] })
        var rest = self
        rest.entries.removeAll { names.contains($0.prefix { $0 != UInt8(ascii: "=") }) }
        return rest
    }

    /// The value of a variable as text, in which bytes that are not UTF-8 are replaced.
    package subscript(name: String) -> String? {
        bytes(of: name).map { String(decoding: $0, as: UTF8.self) }
    }

    /// The bytes of a variable's value; nil where there is no such variable.
    package func bytes(of name: String) -> [UInt8]? {
        let start = Array("\(name)=".utf8)
        return entries.first { $0.starts(with: start) }.map { Array($0.dropFirst(start.count)) }
    }

    /// The names of the variables whose values are not UTF-8 text.
    package var namesOfNoText: [String] {
        entries.filter { String(validating: $0, as: UTF8.self) == nil }.map { entry in
            String(decoding: entry.prefix { $0 != UInt8(ascii: "=") }, as: UTF8.self)
        }
    }

    func withCEntries<Result>(_ body: (UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>) -> Result) -> Result {
        withCStrings(entries, body)
    }

    private static func entry(_ name: String, _ value: String) -> [UInt8] {
        Array("\(name)=\(value)".utf8)
    }
}
