extension CronFields {
    /// Reads five fields, six with seconds first, or a shorthand such as `@daily`.
    init(_ text: String, name: String) throws(CronError) {
        func refused(_ value: String, at position: Int, _ remedy: String) -> CronError {
            CronError(field: "expression", value: value, position: position, remedy: remedy)
        }
        guard text.utf8.count <= Self.mostBytes else {
            throw refused(text, at: 1, "use at most \(Self.mostBytes) bytes")
        }
        let parts = text.split { $0 == " " || $0 == "\t" }
        if parts.count == 1, let shorthand = parts.first, shorthand.hasPrefix("@") {
            guard let meaning = CronShorthand.expressions[shorthand.lowercased()] else {
                let position = text.distance(from: text.startIndex, to: shorthand.startIndex) + 1
                throw refused(
                    String(shorthand),
                    at: position,
                    "use \(CronShorthand.expressions.keys.sorted().joined(separator: " ")), or @every 17h"
                )
            }
            self = try CronFields(meaning, name: name)
            return
        }
        if let first = parts.first, let zone = Self.zone(in: first) {
            let position = text.distance(from: text.startIndex, to: first.startIndex) + 1
            let remedy =
                "leave it out of the expression and give the time zone beside it: zone: \(zone) in martlet.yaml, "
                + "--zone \(zone) on the command line"
            throw refused(String(first), at: position, remedy)
        }
        guard (5...6).contains(parts.count) else {
            let surplus = parts.count > 6 ? parts[6].startIndex : text.endIndex
            throw refused(
                text,
                at: text.distance(from: text.startIndex, to: surplus) + 1,
                "it has \(parts.count) field\(parts.count == 1 ? "" : "s"); write five, minute hour day-of-month month "
                    + "day-of-week, or six with the second first"
            )
        }
        let fields = CronField.allCases.suffix(parts.count)
        var sets: [CronField: CronSet] = [:]
        for (field, part) in zip(fields, parts) {
            sets[field] = try CronFieldParser(field: field, text: text, name: name).parse(part)
        }
        self.init(
            second: sets[.second] ?? CronSet(values: 1),
            minute: sets[.minute] ?? CronSet(),
            hour: sets[.hour] ?? CronSet(),
            day: sets[.day] ?? CronSet(),
            month: sets[.month] ?? CronSet(),
            weekday: sets[.weekday] ?? CronSet()
        )
        guard !isImpossible else {
            let place = parts[parts.count - 3]
            throw CronError(
                field: CronField.day.title,
                value: String(place),
                position: text.distance(from: text.startIndex, to: place.startIndex) + 1,
                remedy: impossibility
            )
        }
    }

    /// The zone in `CRON_TZ=Europe/Warsaw` or `TZ=Europe/Warsaw`; nil for any other text.
    private static func zone(in part: Substring) -> String? {
        for name in ["CRON_TZ=", "TZ="] where part.hasPrefix(name) {
            return Printable.escaped(String(part.dropFirst(name.count)), limit: 64)
        }
        return nil
    }

    /// The longest expression that is read (bytes): a list of every value in each field fits.
    private static let mostBytes = 512

    /// The text that says why no day can match.
    private var impossibility: String {
        let months = CronField.month.range.filter(month.contains)
        let longest = months.map { CivilDate(year: 2000, month: $0, day: 1).daysInMonth }.max() ?? 0
        guard day.first(from: 0) ?? 0 > longest, day.last == 0, day.nearest == 0 else {
            return "such a day is never such a day of the week in these months"
        }
        return months == [2]
            ? "February has at most \(longest) days" : "the months given have at most \(longest) days"
    }
}
