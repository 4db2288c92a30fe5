internal import Foundation
internal import Logging
public import Martlet
internal import RedisClient
public import ServiceLifecycle

/// Moves finished jobs, with their attempts and logs, out of Redis into an archive: one SQLite file.
///
/// ```swift
/// let archiver = try Archiver(jobs, path: "/var/lib/martlet/history.db")
/// let group = ServiceGroup(configuration: .init(services: [worker, archiver], logger: logger))
/// ```
/// A job is deleted in Redis only when it is on the disk of the archive. A crash at any moment leaves it in one of the
/// two, or for one more pass in both, and moving it twice changes nothing. Among many archivers one moves jobs at a
/// time: it holds a lease, `martlet:archiver`.
///
/// When the archive can't be written, jobs stay in Redis, up to the number that the workers' retention allows. The
/// cause is logged as an error and stands in `martlet:archiver`, where `martlet doctor` reads it. The archiver tries
/// again, more and more seldom, and goes on by itself. A damaged archive is set aside under another name, and a new one
/// begun. Workers run on undisturbed.
public final class Archiver: Service, Sendable {
    private let client: JobClient
    private let path: String
    private let configuration: ArchiverConfiguration
    private let logger: Logger
    private let tap: ArchiverTap

    /// Prepares an archiver; it does nothing until ``run()`` is called.
    ///
    /// - Parameters:
    ///   - client: the client that jobs are read with.
    ///   - path: the archive; made where there is none, for its owner alone, in a folder that has to be there.
    ///   - configuration: the times after which jobs are moved and deleted.
    /// - Throws: `JobError` with the code `invalid` when the configuration is not acceptable.
    public convenience init(
        _ client: JobClient,
        path: String,
        configuration: ArchiverConfiguration = ArchiverConfiguration()
    ) throws(JobError) {
        try self.init(client, path: path, configuration: configuration, tap: { _ in })
    }

    package init(
        _ client: JobClient,
        path: String,
        configuration: ArchiverConfiguration,
        tap: @escaping ArchiverTap
    ) throws(JobError) {
        try configuration.check()
        guard !path.isEmpty else { throw .invalid("archive", path, "name a file") }
        self.client = client
        self.path = URL(filePath: path).path(percentEncoded: false)
        self.configuration = configuration
        self.logger = client.logger
        self.tap = tap
    }

    /// Moves jobs until it is stopped; then it gives up its lease.
    ///
    /// It goes on through outages of Redis and of the archive.
    public func run() async throws {
        do {
            try await cancelWhenGracefulShutdown { try await self.work() }
        } catch is CancellationError {
            return  // told to stop, and stopped
        }
    }

    private func work() async throws {
        var pass = ArchiverPass(client, path: path, configuration: configuration, tap: tap)
        var alarm = ArchiverAlarm(logger: logger, path: path)
        var failures = 0
        while !Task.isCancelled {
            var rest = configuration.interval
            do {
                let moved = try await pass.run()
                alarm.clear()
                failures = 0
                if moved >= ArchiverPass.batch { rest = .zero }
            } catch {
                if Task.isCancelled { break }
                await pass.noteFailure(error, alarm.raise(error))
                failures = min(failures + 1, 10)
                rest = min(configuration.interval * (1 << failures), max(.seconds(30), configuration.interval))
            }
            // A cancelled sleep means that the archiver is stopped, which the loop checks.
            if rest > .zero { try? await Task.sleep(for: rest) }
        }
        await pass.releaseLease()
    }
}
