import Foundation

/// The checkout that the tests were built from; some of them read its sources.
enum Repository {
    // Tests/MartletTests/Support/Repository.swift
    static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent()
}
