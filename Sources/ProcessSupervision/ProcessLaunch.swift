package import CLauncher

/// A program with all that it starts with.
///
/// It gets the three descriptors and no others, no signal blocked or ignored, and a session and process group of its
/// own without a terminal.
package struct ProcessLaunch {
    /// The user that a program runs as, by the numbers that the kernel knows.
    package struct User: Sendable, Equatable {
        package var user: UInt32
        package var group: UInt32
        /// The groups beside `group`.
        package var groups: [UInt32]

        package init(user: UInt32, group: UInt32, groups: [UInt32]) {
            self.user = user
            self.group = group
            self.groups = groups
        }
    }

    /// The path of the file.
    package var path: String
    /// The list that the program sees, with its own name at the start.
    package var arguments: [String]
    package var environment: ProcessEnvironment
    /// The folder that it starts in; nil for this process's own.
    package var directory: String?
    /// The descriptors that become its standard input, output and error; the caller still has to close them.
    package var input: Int32
    package var output: Int32
    package var errors: Int32
    /// The limits, by the numbers of `setrlimit`.
    package var limits: [(resource: Int32, value: UInt64)] = []
    /// The user that the program runs as; nil for this process's own.
    package var user: User?
    /// The mask for new files, as in `umask`; nil for this process's own.
    package var mask: Int32?

    package init(
        _ path: String,
        arguments: [String],
        environment: ProcessEnvironment,
        directory: String? = nil,
        input: Int32,
        output: Int32,
        errors: Int32
    ) {
        self.path = path
        self.arguments = arguments
        self.environment = environment
        self.directory = directory
        self.input = input
        self.output = output
        self.errors = errors
    }

    /// Starts the program.
    ///
    /// The guard with this socket, if there is one, kills it when this process is gone.
    package func start(
        guardedBy socket: Int32 = Int32(LAUNCHER_NO_GUARD)
    ) -> (stage: launcher_stage, child: launcher_child) {
        withCommand { command in
            var child = launcher_child()
            let stage = launcher_spawn(&command, socket, &child)
            return (stage, child)
        }
    }

    /// Calls `body` with this launch as C takes it.
    func withCommand<Result>(_ body: (inout launcher_command) -> Result) -> Result {
        let limits = limits.map { launcher_limit(resource: $0.resource, value: $0.value) }
        let groups = user?.groups ?? []
        return withCStrings([path, directory ?? "."] + arguments) { strings in
            environment.withCEntries { environment in
                limits.withUnsafeBufferPointer { limits in
                    groups.withUnsafeBufferPointer { groups in
                        var user = launcher_user(
                            user: self.user?.user ?? 0,
                            group: self.user?.group ?? 0,
                            groups: groups.baseAddress,
                            group_count: groups.count
                        )
                        return withUnsafePointer(to: &user) { user in
                            var command = launcher_command(
                                path: strings[0],
                                arguments: strings + 2,
                                environment: environment,
                                directory: directory == nil ? nil : UnsafePointer(strings[1]),
                                standard_input: input,
                                standard_output: output,
                                standard_error: errors,
                                limits: limits.baseAddress,
                                limit_count: limits.count,
                                user: self.user == nil ? nil : user,
                                mask: mask ?? -1
                            )
                            return body(&command)
                        }
                    }
                }
            }
        }
    }
}
