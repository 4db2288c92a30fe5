/// Calls `body` with copies of the strings as C wants them, with the closing NULL, which live as long as it runs.
package func withCStrings<Result>(
    _ strings: [String],
    _ body: (UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>) -> Result
) -> Result {
    withCStrings(strings.map { Array($0.utf8) }, body)
}

/// Calls `body` with copies of texts that need not be UTF-8, each with its closing NUL, and the closing NULL.
package func withCStrings<Result>(
    _ texts: [[UInt8]],
    _ body: (UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>) -> Result
) -> Result {
    var characters: [CChar] = []
    characters.reserveCapacity(texts.reduce(1) { $0 + $1.count + 1 })
    var starts: [Int] = []
    for text in texts {
        starts.append(characters.count)
        characters.append(contentsOf: text.lazy.map { CChar(bitPattern: $0) })
        characters.append(0)
    }
    // One more character makes sure that there is a first one to point at.
    characters.append(0)
    return characters.withUnsafeMutableBufferPointer { characters in
        var pointers = starts.map { start in characters.baseAddress.map { $0 + start } } + [nil]
        return pointers.withUnsafeMutableBufferPointer { pointers in
            guard let start = pointers.baseAddress else { preconditionFailure("the list has its end at least") }
            return body(start)
        }
    }
}
