extension Cron {
    /// The expression in plain words: `at 03:00, Monday to Friday, Europe/Berlin`.
    public func words(in zone: Zone) -> String {
        "\(text), \(zone.identifier)"
    }
}
