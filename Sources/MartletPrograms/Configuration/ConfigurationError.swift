/// The error with everything that is wrong with a configuration file, so that all of it can be put right at once.
package struct ConfigurationError: Error, Equatable {
    package struct Problem: Sendable, Equatable {
        /// The line, counted from 1.
        ///
        /// `nil` when the problem is about the whole file.
        package var line: Int?
        /// A sentence that says what is wrong and what would be right, with the field's path in front.
        package var message: String
    }

    /// The file's name as it was given.
    package var file: String
    /// The problems, at least one, in the order of the file.
    package var problems: [Problem]

    init(file: String, problems: [Problem]) {
        self.file = file
        self.problems = problems
    }

    init(file: String, line: Int? = nil, _ message: String) {
        self.init(file: file, problems: [Problem(line: line, message: message)])
    }
}

extension ConfigurationError: CustomStringConvertible {
    /// The problems, one a line: `martlet.yaml:7: jobs.x.time_limit: ...`.
    package var description: String {
        problems
            .map { problem in
                let place = problem.line.map { "\(file):\($0)" } ?? file
                return "\(place): \(problem.message)"
            }
            .joined(separator: "\n")
    }
}
