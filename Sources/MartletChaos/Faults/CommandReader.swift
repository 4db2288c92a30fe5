/// Reads commands out of an append-only file: RESP arrays of bulk strings, one after the other.
struct CommandReader {
    private var bytes: [UInt8] = []
    private var position = 0

    mutating func append(_ more: some Sequence<UInt8>) {
        bytes.removeFirst(position)
        position = 0
        bytes.append(contentsOf: more)
    }

    /// The next whole command; nil when more bytes are needed.
    mutating func next() -> [ArraySlice<UInt8>]? {
        var index = position
        // Redis puts comments between commands when it is told to note times.
        while index < bytes.count, bytes[index] == UInt8(ascii: "#") {
            guard let end = bytes[index...].firstIndex(of: UInt8(ascii: "\n")) else { return nil }
            index = end + 1
        }
        guard let count = header(&index) else { return nil }
        var command: [ArraySlice<UInt8>] = []
        command.reserveCapacity(count)
        for _ in 0..<count {
            guard let length = header(&index), index + length + 2 <= bytes.count else { return nil }
            command.append(bytes[index..<(index + length)])
            index += length + 2
        }
        position = index
        return command
    }

    /// `*3` or `$12` and the line's end.
    private func header(_ index: inout Int) -> Int? {
        var number = 0
        var at = index + 1
        while at < bytes.count {
            if bytes[at] == UInt8(ascii: "\n") {
                index = at + 1
                return number
            }
            if bytes[at] != UInt8(ascii: "\r") { number = number * 10 + Int(bytes[at] &- 48) }
            at += 1
        }
        return nil
    }
}
