import Foundation
import MartletTesting
import Testing

/// What shells complete.
@Suite(.timeLimit(.minutes(15)))
struct CompletionTests {
    @Test(arguments: ["bash", "zsh", "fish"])
    func `each shell gets a script that knows the commands`(shell: String) async throws {
        try await withStage { stage in
            let script = try await stage.martlet("completion", shell)
            #expect(script.status == 0)
            for word in ["restart", "preview", "show-redis"] { #expect(script.output.contains(word), "\(word)") }
            guard shell == "bash" else { return }
            let file = try stage.write(script.output, to: "completion")
            #expect(try await stage.start("-n", file, executable: "/bin/bash").ended().status == 0)
        }
    }

    @Test func `a shell that it does not know is refused with those that it knows`() async throws {
        try await withStage { stage in
            let ended = try await stage.martlet("completion", "tcsh")
            #expect(ended.status == 64)
            #expect(ended.errors.contains("bash") && ended.errors.contains("fish"))
        }
    }
}
