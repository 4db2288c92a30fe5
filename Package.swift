// swift-tools-version: 6.2
import PackageDescription

// Targets stand in the order of the arrows: each sees only those above it.
let package = Package(
    name: "martlet",
    products: [
        .library(name: "Martlet", targets: ["Martlet"]),
        .library(name: "MartletWorker", targets: ["MartletWorker"]),
        .library(name: "MartletArchive", targets: ["MartletArchive"]),
        .library(name: "MartletTesting", targets: ["MartletTesting"]),
        .executable(name: "martlet", targets: ["MartletCLI"]),
    ],
    dependencies: [
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
            swiftSettings: settings
        ),
        .target(
            name: "MartletScripts",
            path: "lua",
            resources: scripts,
            swiftSettings: settings
        ),
        .target(
            name: "Martlet",
            dependencies: [
                "RedisClient",
                "MartletScripts",
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
            ],
            swiftSettings: settings
        ),
        .target(name: "CLauncher"),
        .target(
            name: "MartletWorker",
            dependencies: [
                "CLauncher",
                "Martlet",
                "RedisClient",
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
                .product(name: "UnixSignals", package: "swift-service-lifecycle"),
            ],
            swiftSettings: settings
        ),
        .target(
            name: "MartletArchive",
            dependencies: [
                "Martlet",
                "RedisClient",
                .product(name: "GRDB", package: "GRDB.swift"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ],
            swiftSettings: settings
        ),
        .target(
            name: "MartletCommands",
            dependencies: [
                "CLauncher",
                "Martlet",
                "MartletWorker",
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
                "MartletWorker",
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
                "MartletCommands",
                "MartletScripts",
                "MartletTesting",
                "MartletWorker",
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
                "MartletCommands",
                "MartletScripts",
                "MartletTesting",
                "MartletWorker",
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
                "MartletScripts",
                "MartletTesting",
                "MartletWorker",
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
            dependencies: ["RedisClient", "MartletTesting"],
            swiftSettings: settings
        ),
        .testTarget(
            name: "MartletTests",
            dependencies: ["Martlet", "MartletScripts", "MartletTesting"],
            swiftSettings: settings
        ),
        .testTarget(
            name: "MartletWorkerTests",
            dependencies: ["MartletWorker", "MartletScripts", "MartletTesting"],
            swiftSettings: settings
        ),
        .testTarget(
            name: "MartletArchiveTests",
            dependencies: [
                "Martlet", "MartletArchive", "MartletTesting", "MartletWorker", "RedisClient",
                .product(name: "GRDB", package: "GRDB.swift"), .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: settings
        ),
        .testTarget(
            name: "MartletCommandsTests",
            dependencies: ["MartletCommands", "MartletTesting"],
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
                "MartletCLI", "MartletChaos", "MartletExample", "Martlet", "MartletArchive", "MartletTesting",
                "MartletWorker",
                .product(name: "GRDB", package: "GRDB.swift"),
            ],
            exclude: ["Snapshots"],
            swiftSettings: settings
        ),
    ],
    swiftLanguageModes: [.v6]
)

// Base names must differ across lua/ and lua/include: embedding flattens them.
var scripts: [Resource] {
    let names = [
        "enqueue", "claim", "extend", "log", "finish", "retry", "snooze", "release", "cancel", "restart", "prune",
        "archive", "archive_lease",
        "heartbeat", "bury", "verify", "repair", "lead", "resign", "due", "fire", "delivered", "declare", "redeclare",
        "undeclare", "schedule_set", "schedule_pause", "schedule_resume", "schedule_run", "schedule_remove",
        "delete", "pause", "audit",
    ]
    return [.embedInCode("include")] + names.map { .embedInCode("\($0).lua") }
}

var settings: [SwiftSetting] {
    [
        .treatAllWarnings(as: .error),
        .enableUpcomingFeature("ExistentialAny"),
        .enableUpcomingFeature("MemberImportVisibility"),
        .enableUpcomingFeature("InternalImportsByDefault"),
    ]
}
