internal import ArgumentParser

/// The noun `history`.
struct HistoryCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "history",
        abstract: "Search and keep the archive of finished jobs.",
        discussion: """
            The archive is one SQLite file, which martlet work --archive PATH fills. Comments in its schema explain its \
            tables: sqlite3 PATH .schema
            """,
        subcommands: [
            HistorySearchCommand.self, HistoryErrorsCommand.self, HistoryStatsCommand.self, HistoryBackupCommand.self,
            HistoryPruneCommand.self,
        ]
    )
}
