package import Martlet

extension DeclaringProgram {
    /// A program that a test stands for.
    package static let test = DeclaringProgram(id: "test")
}
