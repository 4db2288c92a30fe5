internal import ArgumentParser
package import MartletScripts

struct ScriptCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "script",
        abstract: "Print a script as Redis runs it, for redis-cli EVAL and for other languages.",
        discussion: """
            redis-cli EVAL "$(martlet script enqueue)" 1 'martlet:{default}' 262144 my-id disk.check '{}' ''
            redis-cli SADD martlet:queues default

            A queue is shown by job list and stats once its name is in martlet:queues; workers put theirs there.
            """
    )

    @Argument(help: "The script's name.")
    var name: ScriptName

    func run() {
        Terminal.print(ScriptLibrary().source(name))
    }
}

extension ScriptName: ExpressibleByArgument {}
