/// The commands on a fresh connection before any command of a caller.
struct Handshake {
    private enum Step {
        case authenticate, select, name, ping
    }

    let commands: [RedisCommand]
    private let steps: [Step]
    private let configuration: RedisConfiguration

    init(_ configuration: RedisConfiguration) {
        var plan: [(Step, RedisCommand)] = []
        if let password = configuration.password {
            let arguments = [configuration.username, password.revealed].compactMap { $0.map { RedisArgument($0) } }
            plan.append((.authenticate, RedisCommand("AUTH", arguments)))
        }
        if configuration.database != 0 {
            plan.append((.select, RedisCommand("SELECT", [RedisArgument(configuration.database)])))
        }
        if let name = configuration.clientName {
            plan.append((.name, RedisCommand("CLIENT", ["SETNAME", RedisArgument(name)])))
        }
        if plan.isEmpty {
            plan.append((.ping, RedisCommand("PING")))
        }
        steps = plan.map(\.0)
        commands = plan.map(\.1)
        self.configuration = configuration
    }

    /// Judges the replies: nil when the connection can be used.
    func failure(in replies: [Result<RedisValue, RedisError>]) -> RedisError? {
        for (step, reply) in zip(steps, replies) {
            if case .failure(let error) = reply, let failure = judge(error, at: step) {
                return failure
            }
        }
        return nil
    }

    private func judge(_ error: RedisError, at step: Step) -> RedisError? {
        switch (step, error.code) {
        case (.name, .noPermission), (.ping, .noPermission):
            // The server is there, and neither a name nor a ping is worth more than the user's own commands.
            return nil
        case (.authenticate, .server), (.authenticate, .noAuth):
            let user = configuration.username.map { "user '\($0)'" } ?? "the default user"
            return RedisError(.noAuth, "\(configuration) refuses \(user): wrong password or unknown user")
        case (_, .noAuth):
            return RedisError(
                .noAuth,
                "\(configuration) wants a password; write redis://:password@host or user:password"
            )
        case (.select, .server):
            return RedisError(
                .configuration,
                "\(configuration) refuses database \(configuration.database): \(error.message)"
            )
        case (.name, .server):
            return RedisError(
                .configuration,
                "\(configuration) refuses the client name '\(configuration.clientName ?? "")': \(error.message)"
            )
        default:
            return RedisError(error.code, "cannot connect to \(configuration): \(error.message)")
        }
    }
}
