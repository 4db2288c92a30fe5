internal import Synchronization

/// The commands that a script runs, and the keys on which it runs each, read from its text.
///
/// The rights of the roles are made of them, so that no right is forgotten when a script changes, and none stays.
package struct ScriptNeeds: Sendable {
    /// The endings of each command's keys behind the one key that the script is given.
    ///
    /// An ending is written as `job:-`, with `-` where a name follows; that key itself has an empty ending. A command
    /// without a key has no endings.
    package fileprivate(set) var endings: [String: Set<String>] = [:]
    /// The commands with a key that was not understood.
    package fileprivate(set) var unclear: Set<String> = []

    /// Reads the text of a script with its includes; the same text is read once.
    package static func of(_ source: String) -> ScriptNeeds {
        if let needs = known.withLock({ $0[source] }) { return needs }
        let needs = ScriptReading(source).needs
        known.withLock { $0[source] = needs }
        return needs
    }

    private static let known = Mutex<[String: ScriptNeeds]>([:])
}

/// One look at the text of a script.
private struct ScriptReading {
    private(set) var needs = ScriptNeeds()
    private let chunks: [LuaChunk]
    private let bindings: [[String: [Bound]]]

    init(_ source: String) {
        chunks = LuaChunk.chunks(of: source)
        bindings = Self.bindings(in: chunks)
        for chunk in reached() { note(chunk) }
    }

    /// An expression, and the chunk in which it stands.
    private struct Bound {
        let chunk: Int
        let expression: ArraySlice<LuaChunk.Token>
    }

    /// The names of the state sets, which are what a variable behind the script's key stands for.
    private static let states = Set(LuaChunk.chunks(of: ScriptLibrary.states).flatMap(\.tokens).compactMap(\.text))

    /// The chunks that run: the part outside the functions, and what it calls, directly or not.
    private func reached() -> [Int] {
        let numbers = Dictionary(chunks.indices.map { (chunks[$0].name, $0) }) { first, _ in first }
        var found = [0]
        var next = 0
        while next < found.count {
            let words = Set(chunks[found[next]].tokens.compactMap(\.word))
            found += words.compactMap { numbers[$0] }.filter { !found.contains($0) }.sorted()
            next += 1
        }
        return found
    }

    private mutating func note(_ number: Int) {
        let chunk = chunks[number]
        for (place, token) in chunk.tokens.enumerated() where token == .word("call") || token == .word("pcall") {
            guard place >= 2, chunk.tokens[place - 2] == .word("redis") else { continue }
            let arguments = chunk.arguments(at: place + 1)
            guard let command = arguments.first?.first?.text else { continue }
            let takesKeys = command == "UNLINK" || command == "EXISTS"
            needs.endings[command, default: []].formUnion([])
            for key in arguments.dropFirst().prefix(takesKeys ? .max : 1) where command != "INFO" {
                var seen: Set<String> = []
                let found = keys(Bound(chunk: number, expression: key), &seen)
                if found.isEmpty { needs.unclear.insert(command) }
                needs.endings[command, default: []].formUnion(found)
            }
        }
    }

    /// The endings of the keys that an expression may stand for.
    private func keys(_ bound: Bound, _ seen: inout Set<String>) -> Set<String> {
        if bound.expression.first == .symbol("{") {
            return LuaChunk.elements(of: bound.expression).reduce(into: []) {
                $0.formUnion(keys(Bound(chunk: bound.chunk, expression: $1), &seen))
            }
        }
        let parts = bound.expression.split { $0 == .word("and") || $0 == .word("or") }
        if parts.count > 1 {
            return parts.reduce(into: []) { $0.formUnion(keys(Bound(chunk: bound.chunk, expression: $1), &seen)) }
        }
        let tokens = Array(bound.expression)
        // A reply of Redis or of a library is no key.
        if tokens.dropFirst().first == .symbol(".") || tokens.first == .word("unpack") && tokens.count != 4 {
            return []
        }
        for place in tokens.indices.dropFirst() where tokens[place - 1] == .symbol("..") {
            guard let text = tokens[place].text, text.hasPrefix(":") else { continue }
            if text != ":" { return [text.dropFirst() + (text.hasSuffix(":") ? "-" : "")] }
            let named = words(Bound(chunk: bound.chunk, expression: tokens[(place + 2)...]), &seen)
            return named.isEmpty ? Self.states : named
        }
        if tokens.prefix(2) == [.word("KEYS"), .symbol("[")] { return [""] }
        if tokens.count > 1, tokens[1] == .symbol("("), let called = number(of: tokens[0].word) {
            return (bindings[called]["return"] ?? []).reduce(into: []) { $0.formUnion(keys($1, &seen)) }
        }
        let isUnpacked = tokens.first == .word("unpack") && tokens.count == 4
        guard let name = tokens[isUnpacked ? 2 : 0].word, isUnpacked || tokens.count == 1 else { return [] }
        guard seen.insert("\(bound.chunk) \(name)").inserted else { return [] }
        return bounds(of: name, in: bound.chunk).reduce(into: []) { $0.formUnion(keys($1, &seen)) }
    }

    /// The names that an expression may stand for; none when that is not known.
    private func words(_ bound: Bound, _ seen: inout Set<String>) -> Set<String> {
        let tokens = Array(bound.expression)
        if tokens.first == .symbol("{") {
            let named = tokens.indices.dropLast().filter { tokens[$0 + 1] == .symbol("=") }.compactMap {
                tokens[$0].word
            }
            return Set(named + tokens.compactMap(\.text))
        }
        guard tokens.count == 1 else { return [] }
        if let text = tokens[0].text { return [text] }
        guard let name = tokens[0].word, seen.insert("\(bound.chunk) \(name)").inserted else { return [] }
        return bounds(of: name, in: bound.chunk).reduce(into: []) { $0.formUnion(words($1, &seen)) }
    }

    /// The place among the chunks of the function with this name.
    private func number(of name: String?) -> Int? { chunks.dropFirst().firstIndex { $0.name == name } }

    /// The expressions that a name stands for: those of its chunk, or else those outside the functions.
    private func bounds(of name: String, in chunk: Int) -> [Bound] { bindings[chunk][name] ?? bindings[0][name] ?? [] }
}

extension ScriptReading {
    /// The expressions that each name of each chunk was given: by `local`, as an argument, as an element, by a loop.
    ///
    /// The expressions that a function returns stand under `return`.
    private static func bindings(in chunks: [LuaChunk]) -> [[String: [Bound]]] {
        var bindings: [[String: [Bound]]] = chunks.map { _ in [:] }
        for (number, chunk) in chunks.enumerated() {
            func bind(_ names: [String], _ expressions: [ArraySlice<LuaChunk.Token>], in place: Int) {
                for (name, expression) in zip(names, expressions) {
                    bindings[place][name, default: []].append(Bound(chunk: number, expression: expression))
                }
            }
            let functions = chunk.functions()
            for (place, token) in chunk.tokens.enumerated() {
                switch token {
                case .word("local"):
                    let (names, end) = chunk.names(from: place + 1)
                    guard end < chunk.tokens.count, chunk.tokens[end] == .symbol("=") else { continue }
                    bind(names, chunk.expressions(from: end + 1), in: number)
                case .word("return"):
                    bind(["return"], chunk.expressions(from: place + 1), in: number)
                case .word("for"):
                    let (names, end) = chunk.names(from: place + 1)
                    guard end + 2 < chunk.tokens.count, chunk.tokens[end] == .word("in") else { continue }
                    let over = chunk.tokens[end + 1] == .word("pairs") ? 0 : 1
                    bind(Array(names.dropFirst(over)), chunk.arguments(at: end + 2), in: number)
                case .word where chunk.tokens.dropFirst(place + 1).first == .symbol("["):
                    let (tables, end) = chunk.tables(from: place)
                    guard end < chunk.tokens.count, chunk.tokens[end] == .symbol("=") else { continue }
                    for (table, expression) in zip(tables, chunk.expressions(from: end + 1)) {
                        let isOwn = chunk.parameters.contains(table) || bindings[number][table] != nil
                        bind([table], [expression], in: isOwn ? number : 0)
                    }
                case .word(let name) where chunk.tokens.dropFirst(place + 1).first == .symbol("("):
                    let arguments = chunk.arguments(at: place + 1)
                    if let parameters = functions[name] {
                        bind(parameters, arguments, in: number)
                    } else if let called = chunks.dropFirst().firstIndex(where: { $0.name == name }) {
                        bind(chunks[called].parameters, arguments, in: called)
                    }
                default: continue
                }
            }
        }
        return bindings
    }
}

extension LuaChunk {
    /// The names from `start` on, with commas between them, and where they end.
    fileprivate func names(from start: Int) -> (names: [String], end: Int) {
        var names: [String] = []
        var place = start
        while place < tokens.count, let name = tokens[place].word {
            names.append(name)
            place += 1
            guard place < tokens.count, tokens[place] == .symbol(",") else { break }
            place += 1
        }
        return (names, place)
    }

    /// The tables that get an element each, from `start` on, as in `ids[n], keys[n] = id, key`, and where they end.
    fileprivate func tables(from start: Int) -> (names: [String], end: Int) {
        var names: [String] = []
        var place = start
        while place + 1 < tokens.count, let name = tokens[place].word, tokens[place + 1] == .symbol("["),
            let end = tokens[place...].firstIndex(of: .symbol("]"))
        {
            names.append(name)
            place = end + 1
            guard place < tokens.count, tokens[place] == .symbol(",") else { break }
            place += 1
        }
        return (names, place)
    }

    /// The parameters of the functions that stand in this chunk, by name.
    fileprivate func functions() -> [String: [String]] {
        var functions: [String: [String]] = [:]
        for (place, token) in tokens.enumerated() where token == .word("function") && place + 2 < tokens.count {
            guard let name = tokens[place + 1].word, tokens[place + 2] == .symbol("(") else { continue }
            functions[name] = names(from: place + 3).names
        }
        return functions
    }
}
