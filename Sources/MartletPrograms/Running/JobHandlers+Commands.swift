package import Martlet
package import MartletWorker
internal import Logging
internal import Synchronization

extension JobHandlers {
    /// Adds handlers that run the configuration's commands, one for each job type in it.
    ///
    /// The lines of a command are the job's log as they come; `::warning::` and `::error::` lines are its reports on
    /// itself. Exit code 0 is success, and anything else is an error that is retried, with the last line of standard
    /// error in it. At the time limit, on cancel and at the end of a shutdown the whole process group is ended, as
    /// ``CommandRunner`` does it.
    package mutating func add(_ configuration: CommandFile, runner: CommandRunner) {
        for job in configuration.jobs {
            add(job.type, options: job.options) { payload, context in
                let lastWords = Mutex<String?>(nil)
                do {
                    try await runner.run(
                        job.command,
                        input: payload,
                        environment: Command.environment(
                            jobID: "\(context.id)",
                            attempt: context.attempt,
                            payload: payload
                        ),
                        timeLimit: context.timeLimit
                    ) { stream, line in
                        if stream == .error, let words = line.lastWords { lastWords.withLock { $0 = words } }
                        context.take(line, from: stream)
                    }
                } catch CommandFailure.exitCode(let code, lastWords: _) {
                    throw CommandFailure.exitCode(code, lastWords: lastWords.withLock(\.self))
                }
            }
        }
    }
}

extension String {
    /// The part of a line that goes into the job's error; nil for an empty line.
    fileprivate var lastWords: String? {
        let text = trimmingPrefix(while: \.isWhitespace)
        return text.isEmpty ? nil : String(text.prefix(200))
    }
}

extension JobContext {
    fileprivate func take(_ line: String, from stream: CommandStream) {
        switch (stream, ReportLine.parse(line)) {
        case (.runner, _): logger.warning("\(line)")
        case (.error, _): logger.info("\(line)", metadata: ["stream": "stderr"])
        case (.output, nil): logger.info("\(line)")
        case (.output, let line?):
            switch line.report {
            case .warning: warning(line.text)
            case .error: error(line.text)
            }
        }
    }
}

extension CommandFile.Job {
    /// The options that the file gives jobs of this type; what it leaves open is nil.
    package var options: JobOptions {
        JobOptions(
            queue: queue,
            maxRetries: maxRetries,
            timeLimit: timeLimit,
            backoff: backoff,
            maxBackoff: backoffMax,
            retention: retention,
            deadline: deadline.map { .after($0) }
        )
    }
}

extension CommandFile {
    /// The schedules that a worker with this configuration declares.
    package func declared() throws(JobError) -> Schedules {
        var declared = Schedules()
        for schedule in schedules {
            try declared.add(schedule)
        }
        return declared
    }

    /// The queues a worker with this configuration claims from: those named, else those of its jobs.
    package var queueOrder: QueueOrder {
        guard let queues else { return .even(jobs.isEmpty ? [JobDefaults.queue] : jobs.map(\.queue)) }
        return .weighted(Dictionary(queues.map { ($0.name, $0.weight) }, uniquingKeysWith: max))
    }
}
