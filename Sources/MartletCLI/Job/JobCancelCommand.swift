internal import ArgumentParser
internal import Martlet

struct JobCancelCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "cancel",
        abstract: "Cancel jobs that have not finished. A running one is told to stop."
    )

    @OptionGroup var jobs: ChosenJobs
    func validate() throws { try jobs.check(.cancel) }
    func run() async throws { try await jobs.run(.cancel) }
}
