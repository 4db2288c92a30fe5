internal import Foundation
internal import Martlet

extension Doctor {
    /// Tells which roles this user may play.
    func rights() async throws -> [Diagnosis] {
        let roles = try await inspector.roles()
        guard roles != [.viewer] else {
            return [.ok("rights", "user \(inspector.user) may read, and run no script: a viewer")]
        }
        let names = roles.map(\.rawValue).joined(separator: ", ")
        return [.ok("rights", "user \(inspector.user) may do what these roles do: \(names)")]
    }

    /// Compares this machine's clock with Redis's.
    func clock() async throws -> [Diagnosis] {
        let before = Date.now
        let redis = try await inspector.now()
        let after = Date.now
        let here = Int64((before.timeIntervalSince1970 + after.timeIntervalSince1970) * 500)
        // The answer was on its way for as long as that.
        let doubt = Int64(after.timeIntervalSince(before) * 500)
        return [Self.clock(ahead: here - redis, doubt: doubt)]
    }

    static func clock(ahead: Int64, doubt: Int64) -> Diagnosis {
        guard abs(ahead) > 1000 + doubt else {
            return .ok("clock", "this machine's clock and Redis's agree to within \(1000 + doubt) ms")
        }
        return .warning(
            "clock",
            "this machine's clock is \(Moment.span(abs(ahead))) \(ahead > 0 ? "ahead of" : "behind") Redis's: only "
                + "Redis's decides, but a time given here as a date is read by this one",
            "set them right, for example with NTP"
        )
    }

    /// Tells how many scripts of this release the server knows.
    func scripts() async throws -> [Diagnosis] {
        let (missing, count) = try await (inspector.missingScripts(), inspector.scriptCount)
        if missing.isEmpty { return [.ok("scripts", "all \(count) scripts of \(martletVersion) are loaded")] }
        let names = missing.prefix(5).joined(separator: ", ") + (missing.count > 5 ? ", …" : "")
        let text = "\(count - missing.count) of the \(count) scripts of \(martletVersion) are loaded"
        return [.ok("scripts", "\(text); the others are sent with their first call: \(names)")]
    }
}
