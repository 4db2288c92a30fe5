import Testing

/// Expressions that are easy to get wrong, with a zone and a year in which that shows.
struct HandPicked: CustomTestStringConvertible {
    let zone: String
    let year: Int
    let expressions: [String]

    var testDescription: String { "\(zone) \(year)" }

    static let all = [
        HandPicked(
            zone: "Europe/Berlin",
            year: 2026,
            expressions: [
                "30 2 * * *", "0 3 * * 1-5", "*/7 * * * *", "*/10 2 * * *", "0,30 2,3 * * *", "30 * * * *",
                "0 */2 * * *", "15 0-23 * * *", "59 1 29 3 *", "0 0 29 2 *",
            ]
        ),
        HandPicked(
            zone: "Europe/Berlin",
            year: 2028,
            expressions: ["0 0 29 2 *", "0 0 L * *", "0 0 L 2 *", "0 12 29 2 2", "30 2 * * 7L"]
        ),
        HandPicked(
            zone: "Australia/Lord_Howe",
            year: 2026,
            expressions: ["15 2 * * *", "15 * * * *", "*/20 * * * *", "0,15,45 1-2 * * *", "45 1 * 4 0"]
        ),
        HandPicked(zone: "Pacific/Chatham", year: 2027, expressions: ["45 2 * * *", "0 3 * * 0", "*/45 */3 * * *"]),
        HandPicked(
            zone: "Pacific/Apia",
            year: 2011,
            expressions: ["0 3 * * *", "0 3 30 12 *", "0 * 30 12 *", "30 * * * *", "0 0 L * *", "15 6 * * FRI"]
        ),
        HandPicked(
            zone: "Africa/Casablanca",
            year: 2026,
            expressions: ["30 2 * * *", "*/15 2-3 * * *", "0 2 * * 0", "0 0 13 * 5"]
        ),
        HandPicked(zone: "Africa/Cairo", year: 2026, expressions: ["0 0 * * *", "30 0 * * 5L", "59 23 * 10 *"]),
        HandPicked(zone: "America/New_York", year: 2024, expressions: ["30 2 * * *", "30 1 * * *", "0 1,2,3 10 3 *"]),
        HandPicked(zone: "America/St_Johns", year: 2006, expressions: ["1 0 * * *", "0-59/13 0 * * *"]),
        HandPicked(
            zone: "Antarctica/Troll",
            year: 2025,
            expressions: ["30 1 * * *", "15 2 * * *", "*/40 1-3 * * SUN"]
        ),
        HandPicked(zone: "America/Santiago", year: 2025, expressions: ["0 0 * * *", "30 23 * * 6"]),
        HandPicked(zone: "Asia/Kathmandu", year: 2025, expressions: ["0 0 */2 * 1", "0 0 1-7 * */1"]),
        HandPicked(zone: "America/Caracas", year: 2007, expressions: ["45 2 * * *", "30 2 9 12 *"]),
        HandPicked(zone: "Etc/GMT+12", year: 2024, expressions: ["0 0 29 2 *", "0 23 31 12 *"]),
    ]
}
