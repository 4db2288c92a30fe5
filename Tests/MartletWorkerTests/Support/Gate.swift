import Synchronization

/// Where handlers are held until the test lets them go.
final class Gate: Sendable {
    private struct State {
        var isOpen = false
        var waiting: [CheckedContinuation<Void, Never>] = []
    }
    private let state = Mutex(State())

    var isOpen: Bool { state.withLock(\.isOpen) }

    func open() {
        let waiting = state.withLock { state in
            state.isOpen = true
            defer { state.waiting = [] }
            return state.waiting
        }
        waiting.forEach { $0.resume() }
    }

    /// Waits, also when the task is cancelled.
    func waitWhateverHappens() async {
        await withCheckedContinuation { continuation in
            let isOpen = state.withLock { state in
                if !state.isOpen { state.waiting.append(continuation) }
                return state.isOpen
            }
            if isOpen { continuation.resume() }
        }
    }

    /// Waits until it is open or the task is cancelled, and then throws `CancellationError`.
    func wait() async throws {
        while !isOpen {
            try await Task.sleep(for: .milliseconds(5))
        }
    }
}

/// Counts by name, from any task.
final class Tally: Sendable {
    private let names: Mutex<[String]> = Mutex([])

    func add(_ name: String) { names.withLock { $0.append(name) } }

    /// In the order in which they were added.
    var all: [String] { names.withLock { $0 } }
    var count: Int { names.withLock(\.count) }
    var counts: [String: Int] { all.reduce(into: [:]) { $0[$1, default: 0] += 1 } }
}
