internal import Foundation
internal import Martlet
internal import MartletTesting
internal import RedisClient
internal import ProcessSupervision

/// Carries out a plan.
struct FaultDriver: Sendable {
    let plan: FaultPlan
    let site: Site

    /// Faults of Redis come one after the other; those of workers at the same time as everything else.
    func run() async throws {
        let began = ContinuousClock.now
        try await withThrowingTaskGroup(of: Void.self) { group in
            for isServer in [true, false] {
                let faults = plan.faults.filter { isOfServer($0.verb) == isServer }
                group.addTask {
                    try await withThrowingTaskGroup(of: Void.self) { running in
                        for fault in faults {
                            try await Task.sleep(until: began + fault.at, clock: .continuous)
                            switch fault.verb {
                            case .freeze(let place, let duration):
                                running.addTask { try await site.fleet.freeze(place, for: duration) }
                            case .freezeLeader(let duration):
                                guard let place = try await leader() else { break }
                                note("freeze leader")
                                running.addTask { try await site.fleet.freeze(place, for: duration) }
                            default: try await carryOut(fault.verb)
                            }
                            // Each outage is to be told from the next: it is over when work has gone on, or has not in
                            // time.
                            if plan.isSpaced { try await waitForWork() }
                        }
                        try await running.waitForAll()
                    }
                }
            }
            try await group.waitForAll()
        }
    }

    private func isOfServer(_ verb: FaultPlan.Verb) -> Bool {
        switch verb {
        case .kill, .freeze, .terminate, .killLeader, .freezeLeader: false
        default: true
        }
    }

    private func carryOut(_ verb: FaultPlan.Verb) async throws {
        switch verb {
        case .kill(let place): try site.fleet.kill(place)
        case .terminate(let place): try site.fleet.terminate(place)
        case .killLeader:
            guard let place = try await leader() else { break }
            note("kill leader")
            try site.fleet.kill(place)
        case .freeze, .freezeLeader: break  // has a task of its own
        case .killRedis(let down):
            note("kill redis")
            site.server.kill()
            try await Task.sleep(for: down)
            try await site.server.restart()
            note("redis is back")
        case .freezeRedis(let duration):
            note("freeze redis")
            kill(site.server.pid, SIGSTOP)
            try await Task.sleep(for: duration)
            kill(site.server.pid, SIGCONT)
            note("redis is back")
        case .takeRight(let command, let duration):
            note("take right")
            try await self.command("ACL", ["SETUSER", RedisArgument(Site.user), RedisArgument("-\(command)")])
            try await Task.sleep(for: duration)
            try await self.command("ACL", ["SETUSER", RedisArgument(Site.user), RedisArgument("+\(command)")])
        case .flushScripts:
            note("flush scripts")
            try await command("SCRIPT", ["FLUSH"])
        case .killClients:
            note("kill clients")
            try await command("CLIENT", ["KILL", "TYPE", "normal"])
        case .shortenMemory(let duration):
            note("shorten memory")
            try await command("CONFIG", ["SET", "maxmemory", "1"])
            try await Task.sleep(for: duration)
            try await command("CONFIG", ["SET", "maxmemory", "0"])
        case .stepClock(let offset):
            note("step clock")
            try site.clock?.set(offset)
        }
    }

    /// Where the process is that leads and runs, waiting two seconds at most for there to be one.
    private func leader() async throws -> Int? {
        let deadline = ContinuousClock.now + .seconds(2)
        while ContinuousClock.now < deadline {
            do throws(JobError) {
                if let worker = try await site.client.inspector.leader()?.worker,
                    let place = site.fleet.place(of: worker)
                {
                    return place
                }
            } catch {
                guard error.redis?.isOutage == true else { throw error }
            }
            try await Task.sleep(for: .milliseconds(20))
        }
        return nil
    }

    /// Waits until a claim took jobs after now, six seconds at most.
    ///
    /// Tokens count what is taken.
    private func waitForWork() async throws {
        let deadline = ContinuousClock.now + .seconds(6)
        var first: Int?
        while ContinuousClock.now < deadline {
            do throws(RedisError) {
                let token = try await site.redis.send(RedisCommand("GET", ["chaos:{chaos}:token"])).int ?? 0
                if let first, token > first { return }
                first = first ?? token
            } catch {
                guard error.isOutage else { throw error }
            }
            try await Task.sleep(for: .milliseconds(20))
        }
    }

    /// Repeats a command while the connection comes back.
    private func command(_ name: String, _ arguments: [RedisArgument]) async throws {
        var left = 50
        while true {
            do throws(RedisError) {
                _ = try await site.redis.send(RedisCommand(name, arguments))
                return
            } catch {
                left -= 1
                guard error.isOutage, left > 0 else { throw error }
            }
        }
    }

    private func note(_ what: String) {
        site.history.add(HistoryEvent(time: HistoryFile.now, kind: .fault, what: what))
    }
}
