/// A unit of work: the value that travels from the program that enqueues it to the worker that runs it.
///
/// ```swift
/// struct WelcomeEmail: Job {
///     static let jobType = "email.welcome"
///     static let options = JobOptions(queue: "mail", maxRetries: 3)
///     let to: String
/// }
/// ```
/// The value is all that a producer links; the code that runs it is registered with the worker. It is stored as JSON
/// (dates as seconds since 1970), so that other languages can read and write it, and may have at most 256 KiB (see
/// ``JobClient``). Adding an optional property is safe while old jobs wait; removing or renaming one is not.
public protocol Job: Codable, Sendable {
    /// The stable name that the payload is decoded by, 1 to 128 of `A-Z a-z 0-9 . _ -`.
    ///
    /// It stays the same when the Swift type is renamed. Changing it leaves jobs that wait under the old name without a
    /// handler.
    static var jobType: String { get }

    /// The options of every job of this type, unless the enqueue call says otherwise. Default: nothing set.
    static var options: JobOptions { get }
}

extension Job {
    /// The options of every job of this type: nothing set.
    public static var options: JobOptions { JobOptions() }
}
