internal import Foundation
internal import Martlet

extension Doctor {
    /// Checks which roles this user has the rights for.
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
        // The answer was under way for so long, so the time is uncertain by half of that to either side.
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

    /// Checks that the server accepts every script of this release.
    func scripts() async throws -> [Diagnosis] {
        guard let (loaded, refused) = try await inspector.loadScripts() else {
            return [.ok("scripts", "not looked at: user \(inspector.user) may not load any (SCRIPT LOAD)")]
        }
        if refused.isEmpty { return [.ok("scripts", "all \(loaded) scripts of \(martletVersion) are loaded")] }
        return refused.sorted { $0.key < $1.key }.map { name, reason in
            .wrong(
                "scripts",
                "the server does not take the script \(name) of \(martletVersion): \(Printable.escaped(reason, limit: 200))",
                "use Redis 7.0 or later, unchanged"
            )
        }
    }
}
