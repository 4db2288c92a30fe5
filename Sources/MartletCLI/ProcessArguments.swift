internal import ArgumentParser
internal import Foundation
internal import ProcessSupervision
internal import RedisClient

/// The arguments of this process as the system has them, before they are parsed.
enum ProcessArguments {
    /// Refuses an argument, or a variable of Martlet's, that is not UTF-8 text, as standard input is refused.
    ///
    /// Swift would replace each wrong byte by U+FFFD, and the job would have another payload than was given.
    static func check() throws {
        for index in 0..<Int(CommandLine.argc) {
            guard let argument = CommandLine.unsafeArgv[index], String(validatingCString: argument) == nil else {
                continue
            }
            throw ValidationError("argument \(index): \"\(String(cString: argument))\" is not UTF-8 text")
        }
        // A value may be a password, so it is not shown.
        for name in ProcessEnvironment.inherited().namesOfNoText where name.hasPrefix("MARTLET_") {
            throw ValidationError("variable \(name): its value is not UTF-8 text")
        }
    }

    /// Takes a password off the list of processes, which every user of the machine can read.
    ///
    /// When `--redis` has a password, the program starts anew with the URL in its environment, which only its own user
    /// can read. The processes that it starts then have no password among their arguments either. When it can't start
    /// anew, it says so and goes on.
    static func hidePassword() {
        var arguments = CommandLine.arguments
        guard let url = takeURL(from: &arguments), RedisConfiguration.hasPassword(url) else { return }
        setenv("MARTLET_REDIS_URL", url, 1)
        var pointers = arguments.map { strdup($0) } + [nil]
        // It starts its own file by the file's path, so that the process keeps its name. The link itself leads to the
        // right file even when that was replaced.
        if let path = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe") {
            execv(path, &pointers)
        }
        execv("/proc/self/exe", &pointers)
        pointers.forEach { free($0) }
        Terminal.say("warning: the password in --redis is on the list of processes; use $MARTLET_REDIS_URL instead")
    }

    /// Takes every `--redis` out of the arguments, and returns the value of the last one, which is the one that counts.
    static func takeURL(from arguments: inout [String]) -> String? {
        var kept: [String] = []
        var url: String?
        var rest = arguments[...]
        while let argument = rest.popFirst() {
            if argument == "--" {
                kept += [argument] + rest
                break
            }
            if argument == "--redis", let value = rest.popFirst() {
                url = value
            } else if argument.hasPrefix("--redis=") {
                url = String(argument.dropFirst("--redis=".count))
            } else {
                kept.append(argument)
            }
        }
        arguments = kept
        return url
    }
}
