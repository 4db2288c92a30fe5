extension Duration {
    /// Whole milliseconds, rounded towards zero and to at most 100 years, so that no sum of it and a time overflows.
    package var milliseconds: Int64 {
        let longest = Duration.seconds(3_155_760_000)
        let (seconds, attoseconds) = min(max(self, .zero - longest), longest).components
        return seconds * 1000 + attoseconds / 1_000_000_000_000_000
    }
}
