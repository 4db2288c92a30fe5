/// Finds where replies end in a stream of RESP2, without keeping any of it.
struct ReplyScanner {
    /// Values that the reply under way still lacks.
    private var missing = 1
    /// Bytes that the bulk string under way still lacks, its line end included.
    private var bulk = 0
    private var type: UInt8?
    private var number = 0
    private var isNull = false

    /// Whether the next byte is the first of a reply.
    var isAtStart: Bool { missing == 1 && bulk == 0 && type == nil }

    /// Goes on with more of the stream.
    /// - Returns: the indices right behind each reply that ends in it.
    mutating func ends<Bytes: RandomAccessCollection<UInt8>>(in bytes: Bytes) -> [Bytes.Index] {
        var ends: [Bytes.Index] = []
        var index = bytes.startIndex
        while index < bytes.endIndex {
            if bulk > 0 {
                let taken = min(bulk, bytes.distance(from: index, to: bytes.endIndex))
                bytes.formIndex(&index, offsetBy: taken)
                bulk -= taken
                if bulk == 0 { valueEnded(at: index, &ends) }
                continue
            }
            let byte = bytes[index]
            bytes.formIndex(after: &index)
            switch (type, byte) {
            case (nil, _): (type, number, isNull) = (byte, 0, false)
            case (_, UInt8(ascii: "\n")): lineEnded(at: index, &ends)
            case (_, UInt8(ascii: "-")): isNull = true
            case (_, 48...57): number = number &* 10 &+ Int(byte - 48)
            default: break
            }
        }
        return ends
    }

    private mutating func lineEnded<Index>(at index: Index, _ ends: inout [Index]) {
        defer { type = nil }
        switch type {
        case UInt8(ascii: "$") where !isNull: bulk = number + 2
        case UInt8(ascii: "*") where !isNull:
            missing += number
            valueEnded(at: index, &ends)
        default: valueEnded(at: index, &ends)
        }
    }

    private mutating func valueEnded<Index>(at index: Index, _ ends: inout [Index]) {
        missing -= 1
        guard missing == 0 else { return }
        missing = 1
        ends.append(index)
    }
}
