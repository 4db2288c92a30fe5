import Foundation
import Martlet
import MartletTesting
import ProcessSupervision
import Testing

/// A worker as the first process of a container, and started with nothing.
@Suite(.serialized, .timeLimit(.minutes(15)))
struct FirstProcessTests {
    @Test(arguments: [[], ["--processes", "2"]])
    func `the first process reaps what commands leave to it, and takes no exit code from anybody`(
        options: [String]
    ) async throws {
        try await withStage { stage in
            // The name by which zombies are found: the only thing of a command line that they keep.
            let name = "z\(UInt32.random(in: 0 ... .max))"
            try FileManager.default.createSymbolicLink(
                atPath: "\(stage.folder)/\(name)",
                withDestinationPath: "/bin/sleep"
            )
            let yaml = """
                concurrency: 4
                jobs:
                  leaves:
                    command: [sh, -c, 'for i in 1 2 3 4 5; do setsid "$STAGE/\(name)" 0.2 & done; (true &); exit 0']
                    max_retries: 0
                  fails: {command: [sh, -c, 'exit 7'], max_retries: 0}
                """
            let file = try stage.write(yaml, to: "martlet.yaml")
            let container = try stage.start(
                ["-pf", "--mount-proc", "--kill-child", MartletProcess.martlet, "work", "-c", file] + options,
                executable: "/usr/bin/unshare"
            )
            try await container.said(" working")
            for _ in 0..<5 {
                let (left, failed) = (try await stage.enqueue("leaves"), try await stage.enqueue("fails"))
                try await stage.wait(for: left, .successful)
                #expect(try await stage.wait(for: failed, .error).error == "exit code 7")
            }
            try await eventually("all sleepers have ended and none is a zombie") { Self.processes(named: name) == 0 }
            let first = try #require(Self.child(of: container.pid))
            kill(first, SIGTERM)
            #expect(try await container.ended().status == 0)
        }
    }

    @Test func `descriptors 0 to 2 that are closed at the start are /dev/null`() async throws {
        try await withStage { stage in
            let file = try stage.write(
                "jobs: {ok: {command: [sh, -c, 'echo fine; echo fine >&2']}}",
                to: "martlet.yaml"
            )
            let worker = try stage.start(
                "-c",
                "exec \(MartletProcess.martlet) work -v -c \(file) <&- >&- 2>&-",
                executable: "/bin/sh",
                environment: ["MARTLET_REDIS_URL": stage.url(for: ["work"])]
            )
            let id = try await stage.enqueue("ok")
            try await stage.wait(for: id, .successful)
            for number in 0...2 {
                let target = try FileManager.default.destinationOfSymbolicLink(
                    atPath: "/proc/\(worker.pid)/fd/\(number)"
                )
                #expect(target == "/dev/null")
            }
            #expect(try await stage.inspector.log(id).entries.map(\.message) == ["fine", "fine"])
        }
    }

    @Test func `who was not alone at the first look of a burial is not alone at a later one`() {
        var one = Suspicion()
        one.look(found: 1)
        #expect(one.isAlone)
        one.look(found: 1)
        #expect(one.isAlone)
        var two = Suspicion()
        two.look(found: 2)
        #expect(!two.isAlone)
        // The other one was buried by the first try, or its lease ran out.
        two.look(found: 1)
        #expect(!two.isAlone)
    }

    private static func processes(named name: String) -> Int {
        let pids = ((try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []).filter { Int($0) != nil }
        return pids.count { pid in
            let data = FileManager.default.contents(atPath: "/proc/\(pid)/stat") ?? Data()
            return String(decoding: data, as: UTF8.self).contains("(\(name))")
        }
    }

    private static func child(of pid: Int32) -> Int32? {
        let data = FileManager.default.contents(atPath: "/proc/\(pid)/task/\(pid)/children") ?? Data()
        return String(decoding: data, as: UTF8.self).split(separator: " ").first.flatMap { Int32($0) }
    }
}
