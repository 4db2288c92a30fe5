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
        // The answer was on its way for as long as that.
        let doubt = after.duration(since: before) / 2
        return [Self.clock(ahead: before.duration(since: redis) + doubt, doubt: doubt)]
    }

    static func clock(ahead: Duration, doubt: Duration) -> Diagnosis {
        let distance = max(ahead, .zero - ahead)
        guard distance > .seconds(1) + doubt else {
            let bound = (.seconds(1) + doubt).milliseconds
            return .ok("clock", "this machine's clock and Redis's agree to within \(bound) ms")
        }
        return .warning(
            "clock",
            "this machine's clock is \(Moment.span(distance)) \(ahead > .zero ? "ahead of" : "behind") Redis's: only "
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
