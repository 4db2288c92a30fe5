internal import Martlet

extension Doctor {
    /// Checks every job of a queue, and repairs those that are wrong when `person` is given.
    func jobs(of queue: String, repairedBy person: Operator?) async throws -> [Diagnosis] {
        let inspector = inspector
        func tell(_ seen: Int) {
            if seen > 0, seen % 10_000 == 0 { Terminal.say("\(queue): \(seen) jobs") }
        }
        let report =
            if let person {
                try await inspector.repair(queue: queue, by: person, progress: tell)
            } else {
                try await inspector.verify(queue: queue, progress: tell)
            }
        let findings: [Diagnosis] = report.findings.map { finding in
            let text = "\(finding.shown): \(finding.wrong)"
            return finding.repaired.map { .warning("jobs", "\(text); \($0)", nil) }
                ?? .wrong("jobs", text, "--verify --repair puts it right")
        }
        return findings + [
            .ok(
                "jobs",
                "\(queue): \(Self.count(report.jobs, "job")) looked at, \(Self.count(findings.count, "finding"))"
            )
        ]
    }
}
