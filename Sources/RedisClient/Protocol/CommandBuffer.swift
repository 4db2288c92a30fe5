internal import NIOCore

/// Encoded commands that are not written yet, and the requests they belong to, in order.
struct CommandBuffer: Sendable {
    private(set) var bytes = ByteBuffer()
    private(set) var requests: [Request] = []
    /// The earliest deadline of the requests.
    private(set) var earliestDeadline = NIODeadline.distantFuture
    private(set) var isCancellable = false

    var isEmpty: Bool {
        requests.isEmpty
    }

    /// True when the caller of a command has withdrawn.
    var isCancelled: Bool {
        isCancellable && requests.contains(where: \.isCancelled)
    }

    mutating func append(
        _ command: RedisCommand,
        deadline: NIODeadline,
        cancellation: Cancellation? = nil,
        complete: @escaping @Sendable (Result<RedisValue, RedisError>) -> Void
    ) {
        let before = bytes.writerIndex
        command.write(to: &bytes)
        let byteCount = bytes.writerIndex - before
        append(Request(deadline: deadline, byteCount: byteCount, cancellation: cancellation, complete: complete))
    }

    mutating func append(contentsOf other: CommandBuffer) {
        if isEmpty {
            self = other
        } else {
            bytes.writeImmutableBuffer(other.bytes)
            other.requests.forEach { append($0) }
        }
    }

    /// Empties the buffer and returns what was in it.
    mutating func takeAll() -> CommandBuffer {
        defer { self = CommandBuffer() }
        return self
    }

    /// Removes the matching requests with their bytes, and returns them.
    mutating func remove(where matches: (Request) -> Bool) -> [Request] {
        guard requests.contains(where: matches) else { return [] }
        var old = takeAll()
        var removed: [Request] = []
        for request in old.requests {
            guard let command = old.bytes.readSlice(length: request.byteCount) else { continue }
            if matches(request) {
                removed.append(request)
            } else {
                bytes.writeImmutableBuffer(command)
                append(request)
            }
        }
        return removed
    }

    private mutating func append(_ request: Request) {
        requests.append(request)
        earliestDeadline = min(earliestDeadline, request.deadline)
        isCancellable = isCancellable || request.cancellation != nil
    }
}
