/// A Lua script: its name for people and its source for the server.
///
/// Redis addresses a script by the SHA of its source; ``RedisClient/evaluate(_:keys:arguments:deadline:)`` learns
/// that SHA from the server. Keep one value per script rather than making it anew for each call.
package struct RedisScript: Sendable, Hashable {
    /// The name for people; two scripts of one name are told apart by their sources.
    package let name: String
    /// The Lua code as the server gets it.
    package let source: String

    /// Makes a script of a name and a source.
    package init(name: String, source: String) {
        self.name = name
        self.source = source
    }

    /// Hashes only the name: hashing kilobytes of source for each call would cost more than the call.
    package func hash(into hasher: inout Hasher) {
        hasher.combine(name)
    }
}
