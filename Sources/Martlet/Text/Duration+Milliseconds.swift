extension Duration {
    /// The longest span that Martlet takes or believes, 100 years, so that no sum of it and a time overflows.
    package static let longest = Duration.seconds(3_155_760_000)

    /// The whole milliseconds, rounded towards zero and kept within 100 years.
    package var milliseconds: Int64 {
        let (seconds, attoseconds) = min(max(self, .zero - Self.longest), Self.longest).components
        return seconds * 1000 + attoseconds / 1_000_000_000_000_000
    }
}
