// swift-tools-version: 6.2
import PackageDescription

// Targets stand in the order of the arrows: each sees only those above it.
let package = Package(
    name: "martlet",
    products: [
        // How to reach Redis, and what may go wrong there, are types of RedisClient.
        .library(name: "Martlet", targets: ["Martlet", "RedisClient"]),
        .library(name: "MartletWorker", targets: ["MartletWorker"]),
        .library(name: "MartletArchive", targets: ["MartletArchive"]),
        .library(name: "MartletOutbox", targets: ["MartletOutbox"]),
        // The private redis-server is a type of ProcessSupervision.
        .library(name: "MartletTesting", targets: ["MartletTesting", "ProcessSupervision"]),
        .executable(name: "martlet", targets: ["MartletCLI"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-algorithms", from: "1.2.1"),
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-collections", from: "1.6.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.6"),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
    ],
    targets: [
        .systemLibrary(name: "CHiredis", pkgConfig: "hiredis", providers: [.apt(["libhiredis-dev"])]),
        .target(
            name: "RedisClient",
            dependencies: [
                "CHiredis",
                .product(name: "DequeModule", package: "swift-collections"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
            ],
            swiftSettings: callersExecutor
        ),
        .target(
            name: "MartletScripts",
            path: "lua",
            // Base names differ across the rooms: embedding flattens them.
            resources: ["job", "schedule", "leader", "queue", "worker", "operator", "include"].map { .embedInCode($0) },
            swiftSettings: settings
        ),
        .target(
            name: "Martlet",
            dependencies: [
                "RedisClient",
                "MartletScripts",
                .product(name: "Algorithms", package: "swift-algorithms"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
            ],
            swiftSettings: callersExecutor
        ),
        .target(
            name: "MartletWorker",
            dependencies: [
                "Martlet",
                "RedisClient",
                .product(name: "Algorithms", package: "swift-algorithms"),
                .product(name: "DequeModule", package: "swift-collections"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ],
            swiftSettings: settings
        ),
        .target(name: "CLauncher"),
        .target(
            name: "ProcessSupervision",
            dependencies: [
                "CLauncher",
                "Martlet",
                "MartletWorker",
                "RedisClient",
                .product(name: "Algorithms", package: "swift-algorithms"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "UnixSignals", package: "swift-service-lifecycle"),
            ],
            swiftSettings: settings
        ),
        .target(
            name: "MartletSQLite",
            dependencies: [.product(name: "GRDB", package: "GRDB.swift")],
            swiftSettings: settings
        ),
        .target(
            name: "MartletArchive",
            dependencies: [
                "Martlet",
                "MartletSQLite",
                "RedisClient",
                .product(name: "Algorithms", package: "swift-algorithms"),
                .product(name: "GRDB", package: "GRDB.swift"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ],
            swiftSettings: settings
        ),
        .target(
            name: "MartletOutbox",
            dependencies: [
                "Martlet",
                "MartletSQLite",
                "RedisClient",
                .product(name: "GRDB", package: "GRDB.swift"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ],
            swiftSettings: settings
        ),
        .target(
            name: "MartletPrograms",
            dependencies: [
                "CLauncher",
                "Martlet",
                "MartletWorker",
                "ProcessSupervision",
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "Yams", package: "Yams"),
            ],
            swiftSettings: settings
        ),
        .target(
            name: "MartletTesting",
            dependencies: [
                "Martlet",
                "MartletScripts",
                "MartletWorker",
                "ProcessSupervision",
                "RedisClient",
                .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: settings
        ),
        .executableTarget(
            name: "MartletCLI",
            dependencies: [
                "Martlet",
                "MartletArchive",
                "MartletOutbox",
                "MartletPrograms",
                "MartletScripts",
                "MartletTesting",
                "MartletWorker",
                "ProcessSupervision",
                "RedisClient",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
                .product(name: "UnixSignals", package: "swift-service-lifecycle"),
            ],
            swiftSettings: settings
        ),
        // The README's program, with the settings that a package of yours begins with.
        .executableTarget(name: "MartletExample", dependencies: ["Martlet", "MartletWorker"]),
        .executableTarget(
            name: "MartletBench",
            dependencies: [
                "Martlet",
                "MartletArchive",
                "MartletPrograms",
                "MartletScripts",
                "MartletTesting",
                "MartletWorker",
                "ProcessSupervision",
                "RedisClient",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: settings
        ),
        .executableTarget(
            name: "MartletChaos",
            dependencies: [
                "Martlet",
                "MartletArchive",
                "MartletOutbox",
                "MartletScripts",
                "MartletTesting",
                "MartletWorker",
                "ProcessSupervision",
                "RedisClient",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "GRDB", package: "GRDB.swift"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
                .product(name: "UnixSignals", package: "swift-service-lifecycle"),
            ],
            swiftSettings: settings
        ),
        .testTarget(
            name: "RedisClientTests",
            dependencies: ["RedisClient", "MartletTesting", "ProcessSupervision"],
            swiftSettings: settings
        ),
        .testTarget(
            name: "MartletTests",
            dependencies: ["Martlet", "MartletScripts", "MartletTesting", "ProcessSupervision"],
            exclude: ["PreviousRelease"],
            swiftSettings: settings
        ),
        .testTarget(
            name: "MartletWorkerTests",
            dependencies: [
                "MartletWorker", "MartletScripts", "MartletTesting", "ProcessSupervision",
                .product(name: "NIOCore", package: "swift-nio"), .product(name: "NIOPosix", package: "swift-nio"),
            ],
            swiftSettings: settings
        ),
        // With the settings that a package of yours begins with.
        .testTarget(name: "MartletTestingTests", dependencies: ["Martlet", "MartletTesting", "MartletWorker"]),
        .testTarget(
            name: "MartletArchiveTests",
            dependencies: [
                "Martlet", "MartletArchive", "MartletTesting", "MartletWorker", "ProcessSupervision", "RedisClient",
                .product(name: "GRDB", package: "GRDB.swift"), .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: settings
        ),
        .testTarget(
            name: "MartletOutboxTests",
            dependencies: [
                "Martlet", "MartletOutbox", "MartletTesting", "MartletWorker", "ProcessSupervision", "RedisClient",
                .product(name: "GRDB", package: "GRDB.swift"), .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: settings
        ),
        .testTarget(
            name: "MartletProgramsTests",
            dependencies: ["MartletPrograms", "MartletTesting", "ProcessSupervision"],
            swiftSettings: settings
        ),
        .testTarget(
            name: "BenchTests",
            dependencies: ["MartletBench", "MartletPrograms", "MartletTesting", "ProcessSupervision"],
            swiftSettings: settings
        ),
        .testTarget(
            name: "ChaosTests",
            dependencies: ["Martlet", "MartletChaos", "MartletScripts"],
            swiftSettings: settings
        ),
        .testTarget(
            name: "EndToEndTests",
            dependencies: [
                "MartletCLI", "MartletChaos", "MartletExample", "Martlet", "MartletArchive", "MartletOutbox",
                "MartletPrograms", "MartletTesting", "MartletWorker", "ProcessSupervision",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "GRDB", package: "GRDB.swift"),
            ],
            exclude: ["Docs/Snapshots"],
            swiftSettings: settings
        ),
    ],
    swiftLanguageModes: [.v6]
)

// Async functions stay on the executor of their caller, so that a call from an actor costs no change of threads.
var callersExecutor: [SwiftSetting] {
    settings + [.enableUpcomingFeature("NonisolatedNonsendingByDefault")]
}

var settings: [SwiftSetting] {
    [
        .treatAllWarnings(as: .error),
        .enableUpcomingFeature("ExistentialAny"),
        .enableUpcomingFeature("MemberImportVisibility"),
        .enableUpcomingFeature("InternalImportsByDefault"),
    ]
}
