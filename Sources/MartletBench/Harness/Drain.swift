internal import Martlet
internal import ProcessSupervision

/// One drain: jobs that wait, then processes that start on them, from their start to the end of the last job.
struct Drain {
    var jobs: Int
    var processes = 1
    var kind = WorkerCommand.Kind.worker
    var isKept = true
    var concurrency = 100
    /// Where the clock stops: when so many are left.
    var rest = 0

    /// `name` is the name of the figure.
    func run(_ name: String, on server: BenchServer) async throws -> Measurement {
        if isKept {
            try await server.fill(jobs) { NoOp($0) }
        } else {
            try await server.fill(jobs) { _ in Forgotten() }
        }
        return try await WorkerProcess.with(processes, kind, concurrency: concurrency, on: server) { workers in
            let before = try await (server.usage(), workers.usage(), ProcessUsage.read(server.server.pid))
            let clock = ContinuousClock()
            let time = try await clock.measure {
                try await workers.go(server)
                try await server.wait(until: rest, by: workers)
            }
            let done = jobs - rest
            let worker = try workers.usage()
            var measured = Measurement(name, Double(done) / time.seconds, "jobs/s")
                .spending(try await server.usage() - before.0, on: done)
            measured.workerMicros = (worker.seconds - before.1.seconds) * 1e6 / Double(done)
            measured.switches = (worker.switches - before.1.switches) / Double(done)
            let redis = try ProcessUsage.read(server.server.pid)
            measured.redisSwitches = (redis.switches - before.2.switches) / Double(done)
            measured.peakMiB = worker.peakMiB
            return measured
        }
    }
}
