internal import ArgumentParser
internal import Foundation
internal import Martlet

struct DoctorCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor",
        abstract: "Check that Redis and the jobs in it are as they should be, and say what to do.",
        discussion: """
            Each line is ok, warning or wrong, with the remedy. Exit code 1 when something is wrong.

            --acl prints four ACL users, each for one part: producer, worker, operator and viewer. Give each a password of \
            its own: martlet doctor --acl | sed '/worker/!d; s/CHANGE-ME/a-password/' | redis-cli
            """
    )

    @Flag(help: "Look at every job: it has to be in exactly one state set, the one that its hash names.")
    var verify = false
    @Flag(help: "With --verify: put each such job into the set that its hash names.")
    var repair = false
    @Flag(help: "Print ACL users with the rights that each part needs and no others, without asking Redis.")
    var acl = false
    @Option(
        name: .customLong("as"),
        help: ArgumentHelp("Note this name in the audit list. Default: you, as user@host.", valueName: "name")
    )
    var name: String?
    @OptionGroup var options: ReadOptions

    func validate() throws {
        guard verify || !repair else { throw ValidationError("--repair goes with --verify.") }
        guard !acl || !verify else { throw ValidationError("--acl goes with no other look.") }
    }

    func run() async throws {
        if acl { return try printUsers() }
        let person = try OperatorOptions.person(name)
        try await options.withInspector { inspector in
            var isWrong = false
            func tell(_ lines: [Diagnosis]) {
                for line in lines {
                    options.json ? Terminal.print(json: line.json) : Terminal.print(line.line)
                    if line.word == .wrong { isWrong = true }
                }
            }
            let doctor = try await Doctor(inspector)
            for look in Doctor.looks { tell(try await look(doctor)) }
            for queue in verify ? doctor.queues : [] {
                tell(try await doctor.jobs(of: queue, repairedBy: repair ? person : nil))
            }
            if isWrong { throw ExitCode.failure }
        }
    }

    private func printUsers() throws {
        let prefix = try options.connection.checkedPrefix()
        for role in Role.allCases { Terminal.print(role.setUser(prefix: prefix)) }
        Terminal.say("Put a password of its own in each line in place of CHANGE-ME.")
    }
}
