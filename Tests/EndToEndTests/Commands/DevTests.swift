import Foundation
import Martlet
import MartletTesting
import RedisClient
import Testing

@Suite(.serialized, .timeLimit(.minutes(15)))
struct DevTests {
    private static let yaml = "jobs:\n  hello:\n    command: [echo, hello]\n"

    @Test func `dev runs jobs on a Redis of its own, stops both, and finds the jobs again`() async throws {
        try await withStage { stage in
            let config = try stage.write(Self.yaml, to: "martlet.yaml")
            let data = "\(stage.folder)/data"
            let first = try stage.start("dev", "--data", data, "--config", config)
            let server = try await ready(first)
            let enqueued = try await stage.martlet(
                "job",
                "enqueue",
                "hello",
                environment: ["MARTLET_REDIS_URL": server.url]
            )
            let id = enqueued.output.dropLast()
            try await eventually("the job is done") { try await status(id, server.url, stage) == "Successful" }
            let doctor = try await stage.martlet("doctor", "--redis", server.url)
            #expect(doctor.status == 0 && !doctor.output.contains("warning"), "\(doctor.output)")
            first.signal(SIGTERM)
            let ended = try await first.ended(within: .seconds(60))
            #expect(ended.status == 0, "\(ended.errors)")
            #expect(!ProcessTable.isAlive(server.pid))

            let second = try stage.start("dev", "--data", data, "--config", config)
            let again = try await ready(second)
            #expect(try await status(id, again.url, stage) == "Successful")

            let third = try await stage.martlet("dev", "--data", data, "--config", config)
            #expect(third.status == 64)
            #expect(third.errors.contains("another `martlet dev` is using this folder"))
            #expect(try await status(id, again.url, stage) == "Successful")

            second.signal(SIGKILL)
            _ = try await second.ended()
            try await eventually("its server goes with a killed dev", within: .seconds(60)) {
                !ProcessTable.isAlive(again.pid)
            }
            let fourth = try stage.start("dev", "--data", data, "--config", config)
            let last = try await ready(fourth)
            #expect(try await status(id, last.url, stage) == "Successful")
            fourth.signal(SIGINT)
            #expect(try await fourth.ended(within: .seconds(60)).status == 0)
            #expect(!ProcessTable.isAlive(last.pid))
        }
    }

    @Test(arguments: [
        "plain", "it's 100% #1? é & a b", String(repeating: "deep/", count: 30) + "folder",
    ])
    func `any folder will do, is for its owner alone, and is not used twice`(name: String) async throws {
        try await withStage { stage in
            let config = try stage.write(Self.yaml, to: "martlet.yaml")
            let data = "\(stage.folder)/\(name)"
            if name == "plain" {
                // One that was there, open to all.
                let open: [FileAttributeKey: Any] = [.posixPermissions: 0o755]
                try FileManager.default.createDirectory(
                    atPath: data,
                    withIntermediateDirectories: false,
                    attributes: open
                )
            }
            let dev = try stage.start("dev", "--data", data, "--config", config)
            let server = try await ready(dev)
            let attributes = try FileManager.default.attributesOfItem(atPath: data)
            #expect(attributes[.posixPermissions] as? Int == 0o700)
            let shell = try stage.start(
                "-c",
                "\(exported(dev)); exec \"$MARTLET\" job enqueue hello",
                executable: "/bin/sh",
                environment: ["MARTLET": MartletProcess.martlet]
            )
            let enqueued = try await shell.ended()
            #expect(enqueued.status == 0, "\(enqueued.errors)")
            let id = enqueued.output.dropLast()
            try await eventually("the job is done") { try await status(id, server.url, stage) == "Successful" }

            let second = try await stage.martlet("dev", "--data", data, "--config", config)
            #expect(second.status == 64)
            #expect(second.errors.contains("another `martlet dev` is using this folder"), "\(second.errors)")
            dev.signal(SIGTERM)
            let ended = try await dev.ended(within: .seconds(60))
            #expect(ended.status == 0, "\(ended.errors)")
        }
    }

    /// The line to paste into another terminal.
    private func exported(_ process: MartletProcess) -> String {
        process.errors.split(separator: "\n").first { $0.contains("export ") }
            .map { String($0.drop { $0 != ":" }.dropFirst().drop { $0 == " " }) } ?? ""
    }

    /// Waits until it works, and gives the address and the process of its server.
    private func ready(_ process: MartletProcess) async throws -> (url: String, pid: Int32) {
        try await process.said(" working")
        let line = try #require(process.errors.split(separator: "\n").first { $0.hasPrefix("Redis of this worker: ") })
        let url = String(line.dropFirst("Redis of this worker: ".count))
        let client = try JobClient(redis: url)
        let info = try await client.store.redis.send(RedisCommand("INFO", ["server"])).string ?? ""
        await client.close()
        let pid = info.split(whereSeparator: \.isNewline).first { $0.hasPrefix("process_id:") }
        return (url, try #require(pid.flatMap { Int32($0.dropFirst("process_id:".count)) }))
    }

    private func status(_ id: Substring, _ url: String, _ stage: Stage) async throws -> String? {
        let shown = try await stage.martlet(["job", "show", "--json", String(id), "--redis", url])
        let job = try JSONSerialization.jsonObject(with: Data(shown.output.utf8)) as? [String: Any]
        return job?["status"] as? String
    }
}
