internal import Foundation

/// What is printed of a run: a line for people, one of JSON, and of each violation the job's history.
struct Report {
    let profile: String
    let seed: UInt64
    let result: Campaign.Result

    private struct Line: Encodable {
        let profile: String
        let seed: UInt64
        let violations: Int
        let figures: Figures
    }

    func print() throws {
        let figures = result.figures
        let faults = figures.faults.sorted { $0.key < $1.key }.map { "\($0.value) \($0.key)" }.joined(separator: ", ")
        let lost = result.violations.count { $0.invariant == .keptOnce }
        let double = result.violations.count { $0.invariant == .endsOnce }
        let slots =
            figures.slots == 0
            ? ""
            : "  \(figures.slots) slots under \(figures.terms) leaders, at most \(figures.slotGapMax) ms after a loss, "
                + "\(figures.slotRefusals) refused to old leaders\n"
        Swift.print(
            """
            \(profile), seed \(seed): \(result.violations.isEmpty ? "all promises kept" : "\(result.violations.count) VIOLATIONS")
              \(figures.jobs) jobs, \(lost) lost, \(double) wrongly ended, \(figures.runs) runs, \
            \(figures.rescues) rescued, \(figures.releases) given back, \(figures.refused) stale writes refused, \
            \(figures.already) repeated writes
              faults: \(faults); \(figures.dropped) of \(figures.replies) replies lost, \(figures.blackHoles) into silence
              recovery after SIGKILL: p50 \(figures.recoveryP50) ms, p99 \(figures.recoveryP99) ms \
            (\(figures.recoveries) jobs); after an outage: p50 \(figures.resumptionP50) ms, max \(figures.resumptionMax) ms \
            (\(figures.resumptions) outages)
            \(slots)  \(figures.wallSeconds) s, of which \(figures.drainSeconds) s to drain
            """
        )
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        let line = Line(profile: profile, seed: seed, violations: result.violations.count, figures: figures)
        Swift.print(String(decoding: try encoder.encode(line), as: UTF8.self))
        try tell()
    }

    private func tell() throws {
        guard !result.violations.isEmpty, let folder = result.folder else { return }
        for violation in result.violations.prefix(30) { Swift.print("  \(violation)") }
        var jobs: [String] = []
        for violation in result.violations where !violation.job.isEmpty && !jobs.contains(violation.job) {
            jobs.append(violation.job)
        }
        for job in jobs.prefix(3) {
            Swift.print("history of \(job):")
            var lines: [(Int64, String)] = []
            try HistoryFile.read(folder: folder + "/history") { file, event in
                if event.job == job { lines.append((event.time, "  \(file) \(event.line.dropLast())")) }
            }
            for line in lines.sorted(by: { $0.0 < $1.0 }) { Swift.print(line.1) }
        }
        Swift.print("everything is in \(folder); --seed \(seed) gives the same plan again")
    }
}
