import Testing

@testable import MartletChaos

@Suite struct CommandReaderTests {
    private let file = Array(
        "*2\r\n$6\r\nSELECT\r\n$1\r\n0\r\n#TS:17\r\n*1\r\n$5\r\nMULTI\r\n*2\r\n$3\r\nDEL\r\n$3\r\na\r\n\r\n".utf8
    )

    @Test(arguments: [1, 2, 3, 7, 1000])
    func `commands come whole, in whatever pieces the file is read`(size: Int) {
        var reader = CommandReader()
        var commands: [[String]] = []
        for start in stride(from: 0, to: file.count, by: size) {
            reader.append(file[start..<min(start + size, file.count)])
            while let command = reader.next() { commands.append(command.map { String(decoding: $0, as: UTF8.self) }) }
        }
        #expect(commands == [["SELECT", "0"], ["MULTI"], ["DEL", "a\r\n"]])
    }
}
