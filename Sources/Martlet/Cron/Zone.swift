internal import Foundation
internal import Synchronization

/// Why a text names no time zone.
public struct ZoneError: Error, Sendable, Hashable, CustomStringConvertible {
    /// What was given.
    public let value: String
    /// What would be right.
    public let remedy: String

    public var description: String {
        "time zone: \"\(Printable.escaped(value, limit: 80))\" is not acceptable; \(remedy)"
    }
}

/// An IANA time zone, for example `Europe/Berlin`, or `UTC`.
///
/// Its rules are Foundation's. They are read once in a process, up to the year 2200, and shared; after that the zone
/// keeps its last offset. Abbreviations (`CET`, `PST`) are refused: what they mean depends on whom one asks.
public struct Zone: Sendable, Hashable {
    public static let utc = Zone(identifier: "UTC", table: ZoneTable(.gmt))

    /// As it was given.
    public let identifier: String
    private let table: ZoneTable

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

    /// How far the zone's clocks are ahead of UTC at an instant in milliseconds since 1970; seconds.
    public func offset(at instant: Int) -> Int {
        span(at: instant.flooredQuotient(by: 1000)).offset
    }

    /// The time around a second since 1970 in which the clocks are not changed.
    func span(at second: Int) -> ZoneSpan { table.span(at: second) }

    public static func == (left: Zone, right: Zone) -> Bool { left.identifier == right.identifier }

    public func hash(into hasher: inout Hasher) { hasher.combine(identifier) }

    /// Zones that were asked for. There are some 600 names, so it is bounded by itself.
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
