internal import Martlet
internal import MartletScripts
internal import RedisClient

/// Writes down what a process asks of the scripts and what they answer.
///
/// It finds jobs in arguments by their form, ids that ``JobNames`` makes followed by a token, so that a script may gain
/// arguments without a change here.
struct CallRecorder: Sendable {
    let history: HistoryFile

    func record(_ script: ScriptName, _ arguments: [RedisArgument], _ moment: ScriptMoment) {
        switch moment {
        case .beforeSend: invoked(script, arguments)
        case .afterSend: break
        case .afterReply(.success(let value)): answered(script, arguments, value)
        case .afterReply(.failure(let error)):
            guard Self.isWrite(script) else { return }
            note(script, arguments) { _ in error.mayHaveBeenApplied ? "unknown" : "failed" }
        }
    }

    private func invoked(_ script: ScriptName, _ arguments: [RedisArgument]) {
        guard Self.isWrite(script) else { return }
        note(script, arguments) { _ in "invoked" }
    }

    private func answered(_ script: ScriptName, _ arguments: [RedisArgument], _ value: RedisValue) {
        let items = value.array ?? []
        let head = items.first?.string ?? "malformed"
        let rest = items.dropFirst()
        switch script {
        case .claim:
            let now = HistoryFile.now
            history.add(
                rest.compactMap(\.array).compactMap { fields in
                    let tail = Array(fields.suffix(3))
                    guard tail.count == 3, let id = tail[2].string, JobNames.isName(id) else { return nil }
                    return HistoryEvent(
                        time: now,
                        kind: .claimed,
                        job: id,
                        token: tail[0].int ?? 0,
                        attempt: tail[1].int ?? 0
                    )
                }
            )
        case .enqueue, .finish, .release:
            let words = rest.map { $0.string ?? "" }
            note(script, arguments) { head == "ok" && $0 < words.count ? words[$0] : head }
        case .retry, .snooze: note(script, arguments) { _ in head == "ok" ? rest.first?.string ?? "" : head }
        case .cancel, .restart: note(script, arguments) { _ in head }
        case .log:
            if head != "ok" { note(script, arguments) { _ in head } }
        default: break
        }
    }

    /// One event for each job that the arguments name.
    private func note(_ script: ScriptName, _ arguments: [RedisArgument], _ word: (Int) -> String) {
        let now = HistoryFile.now
        let hasToken = [.finish, .release, .retry, .snooze, .log].contains(script)
        var events: [HistoryEvent] = []
        // Jobs of schedules are passed over, but the answers to them are among the others'.
        var position = -1
        for (index, argument) in arguments.enumerated() {
            let id = argument.text
            if JobNames.isName(id) || Clockwork.isName(id) { position += 1 }
            guard JobNames.isName(id) else { continue }
            let token = hasToken ? arguments.dropFirst(index + 1).first.flatMap { Int($0.text) } ?? 0 : 0
            events.append(
                HistoryEvent(
                    time: now,
                    kind: .call,
                    job: id,
                    token: token,
                    what: script.rawValue,
                    word: word(position)
                )
            )
            if script == .log { break }
        }
        history.add(events)
    }

    private static func isWrite(_ script: ScriptName) -> Bool {
        switch script {
        case .enqueue, .finish, .release, .retry, .snooze, .cancel, .restart: true
        default: false
        }
    }
}

/// The ids of the harness's jobs: a letter and a number, which nothing else in a call looks like.
enum JobNames {
    static func isName(_ text: String) -> Bool {
        guard let first = text.utf8.first, text.utf8.count > 1, first == UInt8(ascii: "j") || first == UInt8(ascii: "s")
        else { return false }
        return text.utf8.dropFirst().allSatisfy { (48...57).contains($0) }
    }
}
