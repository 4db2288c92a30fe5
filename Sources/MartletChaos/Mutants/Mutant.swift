internal import MartletScripts

/// A bug put in on purpose, to see whether the oracle notices.
struct Mutant: Sendable {
    let name: String
    let what: String
    /// Texts of the scripts and what stands in their place.
    var edits: [(old: String, new: String)] = []
    /// The run that it must not survive.
    var profile = Profile.small
    /// A client that takes an unknown script for any other error.
    var hidesNoScript = false
    /// The test of the scripts that fails with it; nil where a run shows it.
    var test: String?

    /// The scripts with the bug in them.
    var library: ScriptLibrary {
        ScriptLibrary(editing: { [edits] _, source in
            edits.reduce(source) { text, edit in text.replacing(edit.old, with: edit.new) }
        })
    }

    static func named(_ name: String) throws -> Mutant {
        guard let mutant = all.first(where: { $0.name == name }) else { throw ChaosError("there is no mutant \(name)") }
        return mutant
    }

    /// Whether there is still something in the scripts for it to spoil.
    var applies: Bool {
        let sound = ScriptLibrary()
        return hidesNoScript
            || edits.allSatisfy { edit in
                ScriptName.allCases.contains { sound.source($0).contains(edit.old) }
            }
    }
}
