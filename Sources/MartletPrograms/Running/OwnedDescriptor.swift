internal import CLauncher
internal import Glibc

/// A file descriptor that is closed when it goes out of scope.
struct OwnedDescriptor: ~Copyable {
    let number: CInt

    init(_ number: CInt) {
        self.number = number
    }

    /// Hands the descriptor over to somebody else, who closes it.
    consuming func release() -> CInt {
        let number = number
        discard self
        return number
    }

    deinit {
        close(number)
    }

    /// Makes a file in memory with these bytes, which is read from its start.
    static func memoryFile(_ bytes: [UInt8]) throws(CommandFailure) -> OwnedDescriptor {
        let number = launcher_memory_file(bytes, bytes.count)
        guard number >= 0 else { throw .system("standard input of \(bytes.count) bytes", errno) }
        return OwnedDescriptor(number)
    }
}

/// A pipe for a command to write to; the reading end does not block, the command's end does.
struct OutputPipe: ~Copyable {
    let readingEnd: OwnedDescriptor
    let writingEnd: OwnedDescriptor

    init() throws(CommandFailure) {
        var (reading, writing): (CInt, CInt) = (-1, -1)
        let error = launcher_pipe(&reading, &writing)
        guard error == 0 else { throw .system("pipe", error) }
        readingEnd = OwnedDescriptor(reading)
        writingEnd = OwnedDescriptor(writing)
    }
}
