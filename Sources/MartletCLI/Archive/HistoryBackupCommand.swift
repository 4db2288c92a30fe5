internal import ArgumentParser
internal import MartletArchive

struct HistoryBackupCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "backup",
        abstract: "Copy the archive into a new file, while it is in use."
    )

    @Argument(help: "The new file.")
    var file: String
    @OptionGroup var archive: ArchiveOption

    func run() async throws {
        try await archive.withHistory { history in
            try await history.backup(to: file)
            Terminal.say("\(history.path) is now also in \(file)")
        }
    }
}
