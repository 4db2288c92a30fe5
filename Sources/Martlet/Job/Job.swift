/// One unit of work: the value that travels from the one who enqueues it to the worker that runs it.
///
/// ```swift
/// struct WelcomeEmail: Job {
///     static let jobType = "email.welcome"
///     static let options = JobOptions(queue: "mail", maxRetries: 3)
///     let to: String
/// }
/// ```
/// The value is all a producer links: the code that runs it is registered with the worker. It is stored as JSON (dates
/// as seconds since 1970), so that other languages can read and write it, and may be at most 256 KiB (see
/// ``JobClient``). Adding an optional property is safe while old jobs wait; removing or renaming one is not.
public protocol Job: Codable, Sendable {
    /// The stable name that the payload is decoded by, 1 to 128 of `A-Z a-z 0-9 . _ -`. It survives a rename of the
    /// Swift type; changing it orphans the jobs that wait under the old name.
    static var jobType: String { get }

    /// What holds for every job of this type, unless the one who enqueues it says otherwise. Defaults to nothing set.
    static var options: JobOptions { get }
}

extension Job {
    public static var options: JobOptions { JobOptions() }
}
