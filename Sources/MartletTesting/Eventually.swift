/// Waits until `condition` holds, and asks every ten milliseconds.
///
/// Use it for what happens by itself, in place of a fixed sleep.
///
/// ```swift
/// try await eventually("the job has run") { try await jobs.inspector.job(id)?.state == .successful }
/// ```
/// - Throws: ``ConditionNotMet`` when the condition does not hold in time; the condition's own error at once.
public func eventually(
    _ what: String = "the condition holds",
    within limit: Duration = .seconds(60),
    isolation: isolated (any Actor)? = #isolation,
    file: String = #fileID,
    line: Int = #line,
    condition: () async throws -> Bool
) async throws {
    let deadline = ContinuousClock.now + limit
    while try await !condition() {
        guard ContinuousClock.now < deadline else {
            throw ConditionNotMet(description: "\(file):\(line): not within \(limit): \(what)")
        }
        try await Task.sleep(for: .milliseconds(10))
    }
}

/// The error of ``eventually(_:within:isolation:file:line:condition:)``: the condition did not hold in time.
public struct ConditionNotMet: Error, Sendable, CustomStringConvertible {
    /// The place of the call, the limit, and the condition that was waited for.
    public let description: String
}
