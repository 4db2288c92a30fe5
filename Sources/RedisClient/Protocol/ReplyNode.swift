internal import CHiredis

/// The object that hiredis holds for a reply under construction.
///
/// Only a root and an array are nodes. A root is handed to hiredis retained, so that `freeObject` releases it when the
/// parsing fails. An array within an array is kept by its parent, and hiredis gets it unretained. Anything else goes
/// into its parent as a value. The ``ReplyBudget`` bounds the elements and arrays of a reply.
final class ReplyNode {
    private var value = RedisValue.null
    private var elements: [RedisValue] = []
    private var nested: [(index: Int, node: ReplyNode)] = []
    private var isArray = false

    /// The finished value.
    ///
    /// Depth is bounded by hiredis, which refuses more than seven levels.
    func finish() -> RedisValue {
        guard isArray else { return value }
        for (index, node) in nested {
            elements[index] = node.finish()
        }
        return .array(elements)
    }

    /// The constructors for `redisReaderCreateWithFunctions`.
    static var functions: redisReplyObjectFunctions {
        redisReplyObjectFunctions(
            createString: { task, bytes, count in
                let buffer = UnsafeRawBufferPointer(start: bytes, count: count)
                switch task?.pointee.type {
                case REDIS_REPLY_STATUS: return ReplyNode.place(.simple(String(decoding: buffer, as: UTF8.self)), task)
                case REDIS_REPLY_ERROR: return ReplyNode.place(.error(String(decoding: buffer, as: UTF8.self)), task)
                default: return ReplyNode.place(.bulk(Array(buffer)), task)
                }
            },
            createArray: { task, count in ReplyNode.placeArray(count: Int(count), task) },
            createInteger: { task, number in ReplyNode.place(.integer(number), task) },
            createNil: { task in ReplyNode.place(.null, task) },
            freeObject: { node in
                if let node { Unmanaged<ReplyNode>.fromOpaque(node).release() }
            }
        )
    }

    /// Puts a value where the task says and returns what hiredis wants to see: any pointer but NULL.
    private static func place(
        _ value: RedisValue,
        _ task: UnsafePointer<redisReadTask>?
    ) -> UnsafeMutableRawPointer? {
        if let parent = task?.pointee.parent?.pointee.obj {
            Unmanaged<ReplyNode>.fromOpaque(parent).takeUnretainedValue().elements.append(value)
            return parent
        }
        let root = ReplyNode()
        root.value = value
        return Unmanaged.passRetained(root).toOpaque()
    }

    /// Makes a node for an array; NULL where it is beyond the budget, which hiredis reports as out of memory.
    ///
    /// The array grows as elements come: a count is only a claim.
    private static func placeArray(
        count: Int,
        _ task: UnsafePointer<redisReadTask>?
    ) -> UnsafeMutableRawPointer? {
        guard let task, let budget = task.pointee.privdata else { return nil }
        let isNested = task.pointee.parent != nil
        guard Unmanaged<ReplyBudget>.fromOpaque(budget).takeUnretainedValue().allows(count, isNested: isNested) else {
            return nil
        }
        let node = ReplyNode()
        node.isArray = true
        node.elements.reserveCapacity(min(count, 64))
        guard let parent = task.pointee.parent?.pointee.obj else {
            return Unmanaged.passRetained(node).toOpaque()
        }
        let owner = Unmanaged<ReplyNode>.fromOpaque(parent).takeUnretainedValue()
        owner.nested.append((owner.elements.count, node))
        owner.elements.append(.null)
        return Unmanaged.passUnretained(node).toOpaque()
    }
}
