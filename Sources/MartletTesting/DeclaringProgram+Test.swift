package import Martlet

extension DeclaringProgram {
    /// The program that declares the schedules of a test.
    package static let test = DeclaringProgram(id: "test")
}
