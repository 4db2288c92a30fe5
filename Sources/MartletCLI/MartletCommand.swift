import ArgumentParser
import ServiceLifecycle
@main struct MartletCommand: AsyncParsableCommand { func run() async throws {} }
