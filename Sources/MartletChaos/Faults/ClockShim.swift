internal import Foundation

/// Gives redis-server a clock that the harness can move while it runs.
///
/// A small library in front of libc's answers `gettimeofday` and `time` with an offset from a file. libfaketime would
/// be the ready-made one; it hangs Debian's redis-server.
struct ClockShim: Sendable {
    private let offsetPath: String

    /// Builds the library, and has every redis-server that this process starts from now on use it.
    /// - Throws: ``ChaosError`` when there is no C compiler.
    static func install() throws -> ClockShim {
        let folder =
            FileManager.default.temporaryDirectory.path
            + "/martlet-clock-\(ProcessInfo.processInfo.processIdentifier)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        let (source, library, offset) = ("\(folder)/clock.c", "\(folder)/clock.so", "\(folder)/offset")
        try code.write(toFile: source, atomically: true, encoding: .utf8)
        try Data(count: 8).write(to: URL(fileURLWithPath: offset))
        try compile(source, to: library)
        // The server is found in PATH: this one comes first.
        let server = "\(folder)/redis-server"
        let path = ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin"
        try """
        #!/bin/sh
        PATH='\(path)'; export LD_PRELOAD='\(library)' MARTLET_CLOCK_FILE='\(offset)'
        exec redis-server "$@"
        """.write(toFile: server, atomically: true, encoding: .utf8)
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: server)
        setenv("PATH", "\(folder):\(path)", 1)
        return ClockShim(offsetPath: offset)
    }

    /// Takes away what was built.
    ///
    /// No server may be started after it.
    func remove() throws {
        try FileManager.default.removeItem(atPath: (offsetPath as NSString).deletingLastPathComponent)
    }

    /// Sets how far the servers are ahead.
    func set(_ offset: Duration) throws {
        var milliseconds = Int64(offset / .milliseconds(1)).littleEndian
        guard let file = FileHandle(forWritingAtPath: offsetPath) else { throw ChaosError("\(offsetPath) is gone") }
        defer { file.closeFile() }
        // In place: the server has the file mapped.
        try file.write(contentsOf: Data(bytes: &milliseconds, count: 8))
    }

    private static func compile(_ source: String, to library: String) throws {
        let compiler = Process()
        compiler.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        compiler.arguments = [
            "sh", "-c", "$(command -v cc || command -v clang) -O2 -shared -fPIC -o '\(library)' '\(source)'",
        ]
        try compiler.run()
        compiler.waitUntilExit()
        guard compiler.terminationStatus == 0 else {
            throw ChaosError("the clock of redis-server can't be moved without a C compiler (cc or clang)")
        }
    }

    private static let code = """
        #define _GNU_SOURCE
        #include <fcntl.h>
        #include <stdlib.h>
        #include <sys/mman.h>
        #include <sys/syscall.h>
        #include <sys/time.h>
        #include <time.h>
        #include <unistd.h>

        static volatile long *offset;

        __attribute__((constructor)) static void begin(void) {
            const char *path = getenv("MARTLET_CLOCK_FILE");
            int file = path ? open(path, O_RDWR) : -1;
            if (file < 0) return;
            offset = mmap(0, 8, PROT_READ, MAP_SHARED, file, 0);
            if (offset == MAP_FAILED) offset = 0;
        }

        int gettimeofday(struct timeval *now, void *zone) {
            struct timespec real;
            syscall(SYS_clock_gettime, CLOCK_REALTIME, &real);
            long ahead = offset ? *offset : 0;
            now->tv_sec = real.tv_sec + ahead / 1000;
            now->tv_usec = real.tv_nsec / 1000 + (ahead % 1000) * 1000;
            while (now->tv_usec >= 1000000) { now->tv_usec -= 1000000; now->tv_sec++; }
            while (now->tv_usec < 0) { now->tv_usec += 1000000; now->tv_sec--; }
            return 0;
        }

        time_t time(time_t *result) {
            struct timeval now;
            gettimeofday(&now, 0);
            if (result) *result = now.tv_sec;
            return now.tv_sec;
        }
        """
}
