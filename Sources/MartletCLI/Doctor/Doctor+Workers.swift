internal import Martlet

extension Doctor {
    /// Checks that workers live and claim.
    func life() -> [Diagnosis] {
        guard !workers.isEmpty else {
            return [.warning("workers", "no worker lives: nothing will run", "start one with martlet work")]
        }
        var lines: [Diagnosis] = [.ok("workers", Self.count(workers.count, "worker"))]
        for worker in workers {
            let silence = now.duration(since: worker.claimedAt ?? now)
            if silence > .seconds(30), !worker.isQuiet {
                let text = "worker \(worker.id) lives but has not claimed for \(silence.milliseconds / 1000) s"
                lines.append(.warning("workers", text, "see its log"))
            }
            if worker.stuck > 0 {
                let text = "worker \(worker.id) runs \(worker.stuck) handlers that ignored their cancellation"
                lines.append(.warning("workers", text, "restart it"))
            }
        }
        return lines
    }

    /// Checks that each queue with jobs has a worker, and each job type a worker that knows it.
    func service() async throws -> [Diagnosis] {
        var lines: [Diagnosis] = []
        for queue in queues {
            let takers = workers.filter { $0.queues.contains(queue) }
            if takers.isEmpty {
                let waiting = try await inspector.counts(queue: queue)[.waiting] ?? 0
                if waiting > 0 {
                    let text =
                        "no worker takes queue \(queue), where \(Self.count(waiting, "job")) wait\(waiting == 1 ? "s" : "")"
                    lines.append(.warning("queues", text, "start one with the queue in its configuration"))
                }
                continue
            }
            let types = Set(takers.flatMap(\.types))
            for unknown in try await inspector.unknownTypes(queue: queue) where !types.contains(unknown.type) {
                let text =
                    "no worker of queue \(queue) knows the type \(unknown.type), of which "
                    + "\(Self.count(unknown.jobs, "job")) wait\(unknown.jobs == 1 ? "s" : "")"
                let delete = "martlet job delete --queue \(queue) --type \(unknown.type)"
                lines.append(.warning("types", text, "start a worker that has it, or delete them: \(delete)"))
            }
        }
        if lines.isEmpty {
            lines = [.ok("queues", "\(Self.count(queues.count, "queue")), none with jobs that nobody runs")]
        }
        return lines
    }
}
