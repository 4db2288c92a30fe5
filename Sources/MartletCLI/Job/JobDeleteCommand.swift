internal import ArgumentParser
internal import Martlet

struct JobDeleteCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "delete",
        abstract: "Delete jobs and their logs. Cancel a running one first."
    )

    @OptionGroup var jobs: ChosenJobs
    func validate() throws { try jobs.check(.delete) }
    func run() async throws { try await jobs.run(.delete) }
}
