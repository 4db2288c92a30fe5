/// The words that stand for five fields.
///
/// A shorthand that is an interval, such as `@every 17h`, is read by ``CronInterval``.
enum CronShorthand {
    /// The five fields, by the word in lowercase.
    static let expressions = [
        "@hourly": "0 * * * *",
        "@daily": "0 0 * * *",
        "@midnight": "0 0 * * *",
        "@weekly": "0 0 * * 0",
        "@monthly": "0 0 1 * *",
        "@yearly": "0 0 1 1 *",
        "@annually": "0 0 1 1 *",
    ]
}
