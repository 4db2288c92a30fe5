/// Puts in each mutant, and sees whether a small run catches it, with one of three seeds.
///
/// It leaves out those that no run shows, which a test of the scripts catches.
struct MutantHunt {
    let seed: UInt64
    let only: String

    private static let seeds = 3
    private static let atOnce = 2

    private struct Catch: Sendable {
        let mutant: Mutant
        /// With which seed, and by what; nil when it got away.
        let how: (attempt: Int, violation: Violation)?
    }

    /// - Returns: whether all were caught.
    func run() async throws -> Bool {
        let mutants = Mutant.all.filter { $0.test == nil && (only.isEmpty || $0.name.contains(only)) }
        RunCommand.say("\(mutants.count) mutants, seed \(seed)")
        if let gone = mutants.first(where: { !$0.applies }) {
            throw ChaosError("the text that \(gone.name) changes is not in the scripts any more")
        }
        // What is found without a bug put in would be found with every one of them.
        for profile in [Profile.small, .losses] {
            let control = try await Campaign(profile: profile, seed: seed).run()
            guard control.violations.isEmpty else {
                try Report(profile: "no mutant, \(profile.name)", seed: seed, result: control).print()
                return false
            }
        }
        var caught = 0
        try await withThrowingTaskGroup(of: Catch.self) { group in
            var rest = mutants[...]
            for mutant in rest.prefix(Self.atOnce) { group.addTask { try await hunt(mutant) } }
            rest = rest.dropFirst(Self.atOnce)
            while let result = try await group.next() {
                caught += result.how == nil ? 0 : 1
                print(line(result))
                if let mutant = rest.popFirst() { group.addTask { try await hunt(mutant) } }
            }
        }
        print("\(caught) of \(mutants.count) mutants caught, seed \(seed)")
        return caught == mutants.count
    }

    private func hunt(_ mutant: Mutant) async throws -> Catch {
        for attempt in 1...Self.seeds {
            var campaign = Campaign(profile: mutant.profile, seed: seed + UInt64(attempt) - 1)
            campaign.mutant = mutant
            campaign.patience = mutant.profile.lease + .seconds(5)
            campaign.leavesNothing = true
            do {
                let violations = try await campaign.run().violations
                // That a queue does not drain tells less than what went wrong before.
                if let violation = violations.first(where: { $0.invariant.isPromise }) ?? violations.first {
                    return Catch(mutant: mutant, how: (attempt, violation))
                }
            } catch {
                // A run that can't even go on is as good as a violation.
                return Catch(mutant: mutant, how: (attempt, Violation(.harness, "", "\(error)")))
            }
        }
        return Catch(mutant: mutant, how: nil)
    }

    private func line(_ result: Catch) -> String {
        guard let (attempt, violation) = result.how else {
            return "SURVIVED \(result.mutant.name): \(result.mutant.what)"
        }
        return "caught   \(result.mutant.name) (seed \(attempt) of \(Self.seeds)): \(violation)"
    }
}
