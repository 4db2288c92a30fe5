internal import Foundation

/// The right names for zones that were written in another way.
enum ZoneNames {
    /// The name that a text most likely means; nil when none is alike.
    static func alike(_ text: String) -> String? {
        let wanted = text.lowercased()
        guard wanted.utf8.count <= 64 else { return nil }
        if let name = others[wanted] { return name }
        if let known = TimeZone.knownTimeZoneIdentifiers.first(where: { $0.lowercased() == wanted }) { return known }
        // The system also knows names that are not listed, such as Etc/UTC and Europe/Kyiv; these differ only by case.
        guard let slash = wanted.firstIndex(of: "/") else { return nil }
        let (area, place) = (wanted[..<slash].capitalized, wanted[slash...].dropFirst())
        return [place.capitalized, place.uppercased()].map { "\(area)/\($0)" }.first { TimeZone(identifier: $0) != nil }
    }

    /// Names of the time zone database that tell no area.
    ///
    /// Abbreviations such as CET are left out, because their meaning differs from place to place.
    private static let others = [
        "utc": "UTC", "uct": "UTC", "zulu": "UTC", "universal": "UTC", "gmt": "UTC", "gmt0": "UTC", "gmt+0": "UTC",
        "gmt-0": "UTC", "greenwich": "UTC", "z": "UTC",
        "cuba": "America/Havana", "egypt": "Africa/Cairo", "eire": "Europe/Dublin", "gb": "Europe/London",
        "gb-eire": "Europe/London", "hongkong": "Asia/Hong_Kong", "iceland": "Atlantic/Reykjavik",
        "iran": "Asia/Tehran", "israel": "Asia/Jerusalem", "jamaica": "America/Jamaica", "japan": "Asia/Tokyo",
        "kwajalein": "Pacific/Kwajalein", "libya": "Africa/Tripoli", "navajo": "America/Denver",
        "nz": "Pacific/Auckland", "nz-chat": "Pacific/Chatham", "poland": "Europe/Warsaw",
        "portugal": "Europe/Lisbon", "prc": "Asia/Shanghai", "roc": "Asia/Taipei", "rok": "Asia/Seoul",
        "singapore": "Asia/Singapore", "turkey": "Europe/Istanbul", "w-su": "Europe/Moscow",
        "est5edt": "America/New_York", "cst6cdt": "America/Chicago", "mst7mdt": "America/Denver",
        "pst8pdt": "America/Los_Angeles", "hst": "Pacific/Honolulu",
    ]
}
