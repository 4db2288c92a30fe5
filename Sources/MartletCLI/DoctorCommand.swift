internal import ArgumentParser
internal import Foundation
internal import Martlet

struct DoctorCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor",
        abstract: "Looks whether Redis and the jobs in it are as they should be, and says what to do.",
        discussion: "Each line is ok, warning or wrong. Exit code 1 when something is wrong."
    )

    @Flag(help: "Look at every job: is it in exactly one state set, the one that its hash names?")
    var verify = false
    @Flag(help: "With --verify: put right what is not; the hash is the truth.")
    var repair = false
    @OptionGroup var options: OperatorOptions

    func validate() throws {
        guard verify || !repair else { throw ValidationError("--repair goes with --verify.") }
    }

    func run() async throws {
        let person = try options.operating()
        try await options.connection.withClient { client in
            var isWrong = false
            func line(_ word: String, _ text: String) {
                Terminal.print("\(word.padding(toLength: 8, withPad: " ", startingAt: 0)) \(Printable.escaped(text))")
                if word == "wrong" { isWrong = true }
            }
            let server = try await ServerFitness.read(client.store.redis)
            do throws(JobError) {
                try server.check()
                line("ok", "Redis \(server.version), maxmemory-policy noeviction")
            } catch {
                line("wrong", "\(error)")
            }
            server.warnings.forEach { line("warning", $0) }
            try await ServerFitness.advice(client.store.redis).forEach { line("warning", $0) }

            let inspector = client.inspector
            let workers = try await inspector.workers()
            if workers.isEmpty {
                line("warning", "no worker lives: nothing will run; start one with martlet work")
            } else {
                line("ok", "\(workers.count) worker\(workers.count == 1 ? "" : "s")")
            }
            let now = try await inspector.now()
            for worker in workers {
                func number(_ field: String) -> Int64? { worker.fields[field].flatMap { Int64($0) } }
                let silence = (now - (number("claimed_at") ?? now)) / 1000
                if silence > 30 {
                    line("warning", "worker \(worker.id) lives but has not claimed for \(silence) s; see its log")
                }
                if let stuck = number("stuck"), stuck > 0 {
                    line("warning", "worker \(worker.id) runs \(stuck) handlers that ignored their cancellation")
                }
            }
            let queues = try await inspector.queues()
            let served = Set(workers.flatMap { ($0.fields["queues"] ?? "").split(separator: " ").map(String.init) })
            for queue in queues where !served.contains(queue) {
                let waiting = try await inspector.counts(queue: queue)[.waiting] ?? 0
                if waiting > 0 { line("warning", "no worker takes queue \(queue), where \(waiting) jobs wait") }
            }
            for (word, text) in try await inspector.archiverFindings(now: now) { line(word, text) }
            if verify {
                for queue in queues {
                    func look() async throws(JobError) -> Verification {
                        try await inspector.verify(queue: queue, repair: repair) { seen in
                            if seen > 0, seen % 10_000 == 0 { Terminal.say("\(queue): \(seen) jobs") }
                        }
                    }
                    let report =
                        repair
                        ? try await inspector.recorded("doctor repair", of: queue, by: person, look)
                        : try await look()
                    for finding in report.findings {
                        let repaired = finding.repaired.map { "; \($0)" } ?? ""
                        line(
                            finding.repaired == nil ? "wrong" : "warning",
                            "\(finding.id): \(finding.wrong)\(repaired)"
                        )
                    }
                    line("ok", "\(queue): \(report.jobs) jobs looked at, \(report.findings.count) findings")
                }
            }
            if isWrong { throw ExitCode.failure }
        }
    }
}
