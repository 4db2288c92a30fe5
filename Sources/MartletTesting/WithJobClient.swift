public import Martlet

/// Runs `body` with a client of a private server and the clock of both.
///
/// Afterwards it closes the client and stops the server, whatever happens.
///
/// ```swift
/// try await withJobClient { jobs, clock in
///     try await jobs.enqueue(WelcomeEmail(to: "ada@example.com"))
/// }
/// ```
public func withJobClient<Result>(
    isolation: isolated (any Actor)? = #isolation,
    body: (JobClient, TestClock) async throws -> Result
) async throws -> Result {
    try await withRedisServer { server in
        let jobs = try JobClient.forTesting(server)
        do {
            let result = try await body(jobs, try TestClock(of: jobs))
            await jobs.close()
            return result
        } catch {
            await jobs.close()
            throw error
        }
    }
}
