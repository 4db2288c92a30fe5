internal import ArgumentParser
internal import Martlet
internal import MartletArchive

struct StatsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "stats",
        abstract:
            "Count jobs by queue and state, and how many come and end; show how long types wait and run, and the workers.",
        discussion: """
            Redis keeps counts by the hour, for a day. "Last hour" is the current hour so far and the whole hour before; \
            the exact span is printed. IN/S and OUT/S are jobs that came and that ended; with --watch they are those \
            since the last look. ERRORS is the share of the jobs that ended, cancelled ones left out. Waits and runs are \
            of attempts that ended; they are estimates, off by at most 50 %, usually by less than 25 %. With --watch the \
            archive is left out, and workers are only counted.
            """
    )

    @Flag(help: "Look again and again until SIGINT: in place on a terminal, elsewhere a block for each look.")
    var watch = false
    @Option(help: "With --watch: the time between two looks, 100ms to 1h. Default 2s.")
    var every: DurationArgument?
    @OptionGroup var options: ReadOptions
    @OptionGroup var archive: ArchiveOption

    func validate() throws {
        guard let every = every?.duration else { return }
        guard watch else { throw ValidationError("--every goes with --watch.") }
        guard every >= .milliseconds(100), every <= .seconds(3600) else {
            throw ValidationError("--every takes 100ms to 1h.")
        }
    }

    func run() async throws {
        try await options.withInspector { inspector in
            if watch {
                let every = every?.duration ?? .seconds(2)
                return try await StatsWatch(inspector: inspector, every: every, json: options.json).run()
            }
            var reader = StatsReader(inspector: inspector)
            var report = try await reader.read()
            try await archive.withHistoryIfAny { history in
                for queue in try await history.queueNames() {
                    var filter = JobFilter()
                    filter.queues = [queue]
                    report.archived.append((queue, try await history.counts(filter)))
                }
            }
            guard options.json else { return report.lines(width: Terminal.width).forEach { Terminal.print($0) } }
            if report.workers.isEmpty { Terminal.say(StatsReport.nobody) }
            report.json.forEach { Terminal.print(json: $0) }
        }
    }
}
