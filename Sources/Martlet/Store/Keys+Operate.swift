extension Keys {
    /// The settings of a queue as a whole, such as a pause: a hash.
    package func meta(_ queue: String) -> String { "\(self.queue(queue)):meta" }
    /// The counts of what happened in the queue in an hour, counted from 1970: a hash that expires.
    package func counts(_ queue: String, hour: Int64) -> String { "\(self.queue(queue)):counts:\(hour)" }
    /// The worker that empties itself for the sake of a suspect: a text that expires.
    package func alone(_ queue: String) -> String { "\(self.queue(queue)):alone" }
    /// The changes by operators, the newest first: a list of JSON objects.
    package var audit: String { "\(prefix):audit" }
}
