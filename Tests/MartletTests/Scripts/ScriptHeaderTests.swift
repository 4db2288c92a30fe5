import Foundation
import Martlet
import MartletScripts
import Testing

/// The headers of `lua/*/*.lua`, by which callers in other languages go, and which have to say what the bodies do.
@Suite struct ScriptHeaderTests {
    static let files = LuaFile.scripts()
    static let includes = ["include", "include/claim", "include/flow", "include/schedule"].flatMap {
        LuaFile.all(in: "lua/\($0)")
    }

    @Test func `every script has a name in Swift, and every name a script`() {
        #expect(Self.files.map(\.name).sorted() == ScriptName.allCases.map(\.rawValue).sorted())
    }

    @Test(arguments: files)
    func `a header begins with the flags, the name and the arrow`(file: LuaFile) {
        #expect(file.lines[0] == "#!lua" || file.lines[0].hasPrefix("#!lua flags="))
        #expect(file.lines[1].hasPrefix("-- \(file.name): "))
    }

    @Test(arguments: files)
    func `a header tells keys, arguments, replies, keys touched and cost, in this order`(file: LuaFile) {
        let order = ["KEYS[1]", "ARGV[1]", "Returns", "Touches", "Cost"]
        let lines = order.map { word in file.header.firstIndex { $0.hasPrefix("-- \(word) ") } }
        #expect(!lines.contains(nil), "\(zip(order, lines).filter { $0.1 == nil }.map(\.0)) missing")
        #expect(lines.compactMap(\.self) == lines.compactMap(\.self).sorted())
        let includes = file.header.firstIndex { $0.hasPrefix("-- @include ") } ?? file.header.count
        #expect(includes > lines.compactMap(\.self).max() ?? 0)
    }

    @Test(arguments: files)
    func `every key and argument that the body uses is told in the header`(file: LuaFile) {
        let body = file.code
        for match in body.matches(of: /(?:KEYS|ARGV)\[\d+\]/) {
            #expect(file.header.contains { $0.hasPrefix("-- \(match.output) ") }, "\(match.output)")
        }
        for match in body.matches(of: /= (\d+)[^,\n]*, #ARGV/) {
            #expect(file.header.contains { $0.hasPrefix("-- ARGV[\(match.output.1)] ") }, "ARGV[\(match.output.1)]")
        }
    }

    @Test func `arguments are numbered without a gap`() {
        for file in Self.files {
            let numbers = file.header.compactMap { $0.firstMatch(of: /^-- ARGV\[(\d+)\]/)?.output.1 }.map(String.init)
            #expect(numbers == (1...max(numbers.count, 1)).map(String.init), "\(file.name)")
        }
    }

    @Test(arguments: files)
    func `every key and argument that the header tells is used in the body`(file: LuaFile) {
        let loops = file.code.matches(of: /= (\d+)[^,\n]*, #ARGV/).compactMap { Int($0.output.1) }
        for line in file.header {
            guard let match = line.firstMatch(of: /^-- ((?:KEYS|ARGV)\[(\d+)\])/) else { continue }
            let isUsed =
                file.code.contains(String(match.output.1)) || loops.contains(Int(match.output.2) ?? 0)
                || file.code.contains("unpack(ARGV)")
            #expect(isUsed, "\(match.output.1)")
        }
    }

    @Test func `every include exists, is used, and is put in after those it needs`() {
        var used: Set<String> = []
        for file in Self.files {
            let names = file.lines.compactMap { $0.firstMatch(of: /^-- @include (\w+)$/)?.output.1 }.map(String.init)
            used.formUnion(names)
            for (place, name) in names.enumerated() {
                guard let include = Self.includes.first(where: { $0.name == name }) else {
                    Issue.record("\(file.name) includes \(name), which is not there")
                    continue
                }
                let needed = include.header.joined(separator: " ").firstMatch(of: /Needs ([\w, -]+)\./)?.output.1 ?? ""
                for match in needed.matches(of: /\w+/) {
                    #expect(
                        names[..<place].contains(String(match.output)),
                        "\(file.name): \(name) needs \(match.output)"
                    )
                }
            }
        }
        #expect(used == Set(Self.includes.map(\.name)))
    }

    @Test func `every function that a body calls is included`() {
        let functions = Self.includes.flatMap { include in
            include.code.matches(of: /local function (\w+)/).map { (include.name, String($0.output.1)) }
        }
        for file in Self.files {
            let own = Set(file.code.matches(of: /local function (\w+)/).map { String($0.output.1) })
            for (_, function) in functions where !own.contains(function) {
                // This finds a call and not a part of a longer word or a field.
                let isCalled = file.code.matches(of: /[\w.]+\(/).contains { $0.output == "\(function)(" }
                let isIncluded = functions.contains { $0.1 == function && file.lines.contains("-- @include \($0.0)") }
                if isCalled { #expect(isIncluded, "\(file.name) calls \(function)") }
            }
        }
    }

    @Test(arguments: files + includes)
    func `a script has one clock, hides no error and scans nothing`(file: LuaFile) {
        #expect(file.name == "now" || !file.code.contains("'TIME'"))
        // Decoding what a caller sent may fail, and so may asking a server that tells this user nothing of itself.
        var code = file.code.replacing("pcall(cjson.decode", with: "").replacing("redis.pcall('INFO'", with: "")
        // A count that holds no number begins again, and so do counts that are no hash.
        code = code.replacing("redis.pcall('HINCRBY'", with: "").replacing("redis.pcall('HMGET', key", with: "")
        // So does what tells the jobs that have gone, where it is no sorted set.
        code = code.replacing("redis.pcall('ZADD', gone_key", with: "").replacing("redis.pcall('ZSCORE'", with: "")
        #expect(!code.contains("pcall"))
        // A job's hash is only as large as scripts make it, and reading its fields one by one takes longer. What a
        // queue remembers of outboxes is looked through once an hour, which bounds it.
        let scans = file.code.replacing("'HGETALL', job_key)", with: "").replacing("'HGETALL', meta_key)", with: "")
        for command in ["KEYS", "SCAN", "FLUSHDB", "FLUSHALL", "RANDOMKEY", "SMEMBERS", "HGETALL"] {
            #expect(!scans.contains("'\(command)'"), "\(command)")
        }
        #expect(!file.code.contains("os.") && !file.code.contains("math.random"))
    }

    @Test(arguments: files + includes)
    func `a script fits the page`(file: LuaFile) {
        #expect(file.lines.filter { $0.count > 120 } == [])
    }

    @Test func `the scripts know the states that Swift knows, and which of them are finished`() throws {
        let file = try #require(LuaFile.all(in: "lua/include").first { $0.name == "states" })
        func words(_ table: String) throws -> Set<String> {
            let line = try #require(file.code.split(separator: "\n").first { $0.hasPrefix("local \(table) = {") })
            let values = line.drop { $0 != "{" }
            return Set(values.matches(of: /[a-z]+/).map { String($0.output) }).subtracting(["true"])
        }
        #expect(try words("states") == Set(JobState.allCases.map(\.rawValue)))
        #expect(try words("is_finished") == Set(JobState.allCases.filter(\.isFinished).map(\.rawValue)))
    }

    @Test(arguments: files)
    func `a script may run under full memory unless it takes in work`(file: LuaFile) {
        let takesIn = [
            "enqueue", "restart", "fire", "declare", "schedule_set", "schedule_run", "schedule_resume",
        ].contains(file.name)
        let reads = file.lines[0].contains("no-writes")
        #expect(file.lines[0].contains("allow-oom") == (!takesIn && !reads))
    }
}

/// A Lua file of the package, in lines.
struct LuaFile: Sendable, CustomTestStringConvertible {
    let name: String
    let lines: [String]

    /// The lines of the comment that the file begins with.
    var header: ArraySlice<String> { lines.prefix { $0.hasPrefix("--") || $0.hasPrefix("#!") } }
    /// The text without comments.
    var code: String { lines.dropFirst(header.count).filter { !$0.contains(/^\s*--/) }.joined(separator: "\n") }
    var testDescription: String { name }

    /// The scripts of all rooms, without the includes.
    static func scripts() -> [LuaFile] {
        ["job", "schedule", "leader", "queue", "worker", "operator"].flatMap { all(in: "lua/\($0)") }
    }

    static func all(in folder: String) -> [LuaFile] {
        do {
            let folder = Repository.root.appending(path: folder)
            return try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
                .filter { $0.hasSuffix(".lua") }
                .map { file in
                    let text = try String(contentsOf: folder.appending(path: file), encoding: .utf8)
                    return LuaFile(name: String(file.dropLast(4)), lines: text.components(separatedBy: "\n"))
                }
        } catch {
            Issue.record("\(folder) can't be read: \(error)")
            return []
        }
    }
}
