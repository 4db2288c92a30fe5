extension Keys {
    /// What is set for a queue as a whole, such as a pause: a hash.
    package func meta(_ queue: String) -> String { "\(self.queue(queue)):meta" }
    /// The worker that empties itself for the sake of a suspect: a text that expires.
    package func alone(_ queue: String) -> String { "\(self.queue(queue)):alone" }
    /// What operators did, the newest first: a list of JSON objects.
    package var audit: String { "\(prefix):audit" }
}
