/// A function of a script, or the part of a script outside its functions, taken apart into words.
///
/// It knows as much of Lua as the scripts of this folder use; a test makes sure that every one of them is understood.
struct LuaChunk: Sendable {
    /// A piece of the text.
    enum Token: Sendable, Hashable {
        /// A name, a keyword or a number.
        case word(String)
        /// A text in single quotes, without the quotes.
        case text(String)
        /// Two dots, or one character of another kind; the end of a line is `\n`, a text in double quotes is `"`.
        case symbol(String)
    }

    /// The name of the function; empty outside the functions.
    let name: String
    let parameters: [String]
    let tokens: [Token]

    /// Takes a whole script apart: first what stands outside all functions, then each function.
    static func chunks(of source: String) -> [LuaChunk] {
        var outside = ""
        var bodies: [(head: String, text: String)] = []
        var isInside = false
        for bytes in source.utf8.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false) {
            let line = Substring(bytes)
            if line.hasPrefix("local function ") {
                bodies.append((String(line), ""))
                isInside = true
            } else if isInside {
                bodies[bodies.count - 1].text += line + "\n"
                isInside = line != "end"
            } else {
                outside += line + "\n"
            }
        }
        let main = LuaChunk(name: "", parameters: [], tokens: tokens(of: outside))
        return [main]
            + bodies.map { head, text in
                let words = Self.tokens(of: head).compactMap(\.word).dropFirst(2)
                return LuaChunk(
                    name: words.first ?? "",
                    parameters: Array(words.dropFirst()),
                    tokens: Self.tokens(of: text)
                )
            }
    }

    /// Goes by bytes, since a process reads its scripts before their first call.
    private static func tokens(of text: String) -> [Token] {
        let bytes = Array(text.utf8)
        func piece(_ range: Range<Int>) -> String { String(decoding: bytes[range], as: UTF8.self) }
        func end(from start: Int, while belongs: (UInt8) -> Bool) -> Int {
            bytes[start...].firstIndex { !belongs($0) } ?? bytes.endIndex
        }
        var tokens: [Token] = []
        var place = 0
        while place < bytes.count {
            let start = place
            switch bytes[place] {
            case let byte where isWord(byte):
                place = end(from: start, while: isWord)
                tokens.append(.word(piece(start..<place)))
            case UInt8(ascii: "-") where bytes[start...].starts(with: "--".utf8),
                UInt8(ascii: "#") where bytes[start...].starts(with: "#!".utf8):
                place = end(from: start) { $0 != UInt8(ascii: "\n") }
            case UInt8(ascii: ".") where bytes[start...].starts(with: "..".utf8):
                place += 2
                tokens.append(.symbol(".."))
            case UInt8(ascii: " "): place += 1
            case let quote where quote == UInt8(ascii: "'") || quote == UInt8(ascii: "\""):
                place += 1
                while place < bytes.count, bytes[place] != quote { place += bytes[place] == UInt8(ascii: "\\") ? 2 : 1 }
                let content = start + 1..<min(place, bytes.count)
                tokens.append(quote == UInt8(ascii: "'") ? .text(piece(content)) : .symbol("\""))
                place += 1
            default:
                place += 1
                tokens.append(.symbol(piece(start..<place)))
            }
        }
        return tokens
    }

    private static func isWord(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"):
            true
        default: false
        }
    }
}

extension LuaChunk.Token {
    var word: String? {
        if case .word(let word) = self { word } else { nil }
    }

    var text: String? {
        if case .text(let text) = self { text } else { nil }
    }
}

extension LuaChunk {
    /// The arguments of a call, of which the opening parenthesis stands at `start`.
    func arguments(at start: Int) -> [ArraySlice<Token>] {
        Self.split(tokens[(start + 1)...]) { depth, token in depth < 0 }
    }

    /// The elements of a table that stands in braces.
    static func elements(of table: ArraySlice<Token>) -> [ArraySlice<Token>] {
        split(table.dropFirst()) { depth, token in depth < 0 }
    }

    /// The expressions of a list from `start` to the end of its statement.
    func expressions(from start: Int) -> [ArraySlice<Token>] {
        var previous = Token.symbol("=")
        let goesOn: Set<Token> = [.symbol(".."), .symbol("="), .symbol(","), .word("and"), .word("or")]
        return Self.split(tokens[start...]) { depth, token in
            defer { previous = token == .symbol("\n") ? previous : token }
            if previous == .symbol("\n") { return false }
            return depth < 0 || depth == 0 && token == .symbol("\n") && !goesOn.contains(previous)
        }
    }

    /// Splits at commas that stand in no brackets, up to where `ends` says so; ends of lines are left out.
    private static func split(
        _ tokens: ArraySlice<Token>,
        until ends: (Int, Token) -> Bool
    ) -> [ArraySlice<Token>] {
        var depth = 0
        var parts: [[Token]] = [[]]
        for token in tokens {
            switch token {
            case .symbol("("), .symbol("["), .symbol("{"): depth += 1
            case .symbol(")"), .symbol("]"), .symbol("}"): depth -= 1
            default: break
            }
            if ends(depth, token) { break }
            if depth == 0, token == .symbol(",") {
                parts.append([])
            } else if token != .symbol("\n") {
                parts[parts.count - 1].append(token)
            }
        }
        return parts.filter { !$0.isEmpty }.map { $0[...] }
    }
}
