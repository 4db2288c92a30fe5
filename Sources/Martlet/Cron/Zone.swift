public import Foundation
internal import Synchronization

/// The reason why a text names no time zone.
public struct ZoneError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The text that was given.
    public let value: String
    /// The name that would be right, or what to do, as a command: `write Europe/Kyiv`.
    public let remedy: String

    /// One sentence with all of it, in which the value is escaped and cut to 80 characters.
    public var description: String {
        "time zone: \"\(Printable.escaped(value, limit: 80))\" is not acceptable; \(remedy)"
    }
}

/// An IANA time zone, for example `Europe/Berlin`, or `UTC`.
///
/// Its rules are Foundation's. They are read once in a process, up to the year 2200, and shared; after 2200 the zone
/// keeps its last offset. Abbreviations (`CET`, `PST`) are refused, because their meaning differs from place to place.
public struct Zone: Sendable, Hashable {
    /// Coordinated Universal Time.
    public static let utc = Zone(identifier: "UTC", table: ZoneTable(.gmt))

    /// The name as it was given.
    public let identifier: String
    private let table: ZoneTable

    /// Finds a zone by its name.
    ///
    /// - Throws: ``ZoneError`` when there is no such zone.
    public init(_ identifier: String) throws(ZoneError) {
        if identifier == "UTC" || identifier == "GMT" {
            self.init(identifier: identifier, table: Self.utc.table)
            return
        }
        guard let table = Self.table(identifier) else {
            throw ZoneError(
                value: identifier,
                remedy: ZoneNames.alike(identifier).map { "write \($0)" }
                    ?? "use a name such as Europe/Berlin or America/New_York, or UTC"
            )
        }
        self.init(identifier: identifier, table: table)
    }

    private init(identifier: String, table: ZoneTable) {
        self.identifier = identifier
        self.table = table
    }

    /// The time that the zone's clocks are ahead of UTC at an instant; negative where they are behind.
    public func offset(at instant: Date) -> Duration {
        .seconds(span(at: instant.wholeSeconds).offset)
    }

    /// The span around a second since 1970 in which the clocks are not changed.
    func span(at second: Int) -> ZoneSpan { table.span(at: second) }

    /// Compares two zones by their names.
    public static func == (left: Zone, right: Zone) -> Bool { left.identifier == right.identifier }

    /// Hashes the name.
    public func hash(into hasher: inout Hasher) { hasher.combine(identifier) }

    /// The zones that were asked for; there are some 600 names, so the table stays small.
    private static let tables = Mutex<[String: ZoneTable]>([:])

    private static func table(_ identifier: String) -> ZoneTable? {
        guard identifier.contains("/"), identifier.utf8.count <= 64 else { return nil }
        return tables.withLock { tables in
            if let known = tables[identifier] { return known }
            guard let zone = TimeZone(identifier: identifier) else { return nil }
            let table = ZoneTable(zone)
            tables[identifier] = table
            return table
        }
    }
}
