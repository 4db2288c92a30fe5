internal import Martlet
internal import MartletWorker

/// A worker within this process, for what its handlers see.
enum InProcessWorker {
    static func with<Result: Sendable>(
        _ server: BenchServer,
        _ handlers: JobHandlers,
        queues: QueueOrder = ["default"],
        concurrency: Int,
        _ body: () async throws -> Result
    ) async throws -> Result {
        let client = try server.client()
        let worker = try Worker(
            client,
            handlers: handlers,
            configuration: WorkerConfiguration(queues: queues, concurrency: concurrency, shutdownGrace: .zero)
        )
        let result = try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await worker.run() }
            let result = try await body()
            group.cancelAll()
            try await group.waitForAll()
            return result
        }
        await client.close()
        return result
    }
}
