import Foundation
import Martlet
import MartletTesting
import Testing

/// A worker process whose clock is wrong.
@Suite(.serialized, .timeLimit(.minutes(15)))
struct WorkerClockTests {
    /// Stands in front of libc, for every program that is started with it.
    private static let shim = """
        #define _GNU_SOURCE
        #include <dlfcn.h>
        #include <stdlib.h>
        #include <sys/time.h>
        #include <time.h>
        static long ahead(void) { const char *text = getenv("TEST_CLOCK_AHEAD"); return text ? atol(text) : 0; }
        int clock_gettime(clockid_t clock, struct timespec *now) {
            static int (*real)(clockid_t, struct timespec *);
            if (!real) real = dlsym(RTLD_NEXT, "clock_gettime");
            int result = real(clock, now);
            if (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE) now->tv_sec += ahead();
            return result;
        }
        int gettimeofday(struct timeval *now, void *zone) {
            struct timespec time;
            clock_gettime(CLOCK_REALTIME, &time);
            now->tv_sec = time.tv_sec;
            now->tv_usec = time.tv_nsec / 1000;
            return 0;
        }
        time_t time(time_t *out) {
            struct timespec now;
            clock_gettime(CLOCK_REALTIME, &now);
            if (out) *out = now.tv_sec;
            return now.tv_sec;
        }
        """

    private func library(_ stage: Stage) async throws -> String {
        let source = try stage.write(Self.shim, to: "clock.c")
        let library = "\(stage.folder)/clock.so"
        let compiler = try stage.start(
            "-c",
            "$(command -v cc || command -v clang) -O1 -shared -fPIC -o '\(library)' '\(source)' -ldl",
            executable: "/bin/sh"
        )
        try #require(try await compiler.ended().status == 0, "a C compiler (cc or clang) is needed")
        return library
    }

    @Test(arguments: [(30, " s ahead of Redis's"), (-3600, " min behind Redis's")])
    func `doctor warns of a clock that is not Redis's`(ahead: Int, text: String) async throws {
        try await withStage { stage in
            let library = try await library(stage)
            let ended = try await stage.martlet(
                "doctor",
                environment: ["LD_PRELOAD": library, "TEST_CLOCK_AHEAD": "\(ahead)"]
            )
            #expect(ended.status == 0)
            let line = ended.output.split(separator: "\n").first { $0.contains("this machine's clock is ") }
            #expect(line?.hasPrefix("warning ") == true && line?.contains(text) == true, "\(ended.output)")
            #expect(line?.contains("NTP") == true)
        }
    }

    @Test(arguments: [3600, -3600])
    func `a leader whose clock is an hour wrong fires each slot in its time`(ahead: Int) async throws {
        try await withStage { stage in
            let library = try await library(stage)
            let file = try stage.write(
                """
                jobs:
                  clock: {command: [date, "+%s"]}
                schedules:
                  tick: {cron: "* * * * * *", job: clock, catch_up: all 1000, overlap: allow}
                """,
                to: "clock.yaml"
            )
            let worker = try stage.start(
                "work",
                "--config",
                file,
                environment: ["LD_PRELOAD": library, "TEST_CLOCK_AHEAD": "\(ahead)"]
            )
            try await worker.said("leading")
            var ledger: [SlotEntry] = []
            try await eventually("five slots were fired") {
                ledger = try await stage.inspector.slots(of: "tick").reversed()
                return ledger.count >= 5
            }
            let now = try await stage.inspector.now().milliseconds
            let slots = ledger.compactMap(\.slot?.milliseconds)
            #expect(zip(slots, slots.dropFirst()).allSatisfy { $1 == $0 + 1000 })
            #expect(ledger.allSatisfy { $0.kind == .fired && $0.time >= $0.slot ?? .distantFuture })
            #expect(slots.allSatisfy { abs($0 - now) < 60_000 }, "\(slots) at \(now)")
            // Its clock was wrong indeed.
            let job = try await stage.wait(for: try #require(ledger.first?.job), .successful)
            let said = try #require(Int64(try await stage.inspector.log(job.id).entries.first?.message ?? ""))
            #expect(abs(said - now / 1000 - Int64(ahead)) < 60)
            worker.signal(SIGTERM)
            #expect(try await worker.ended().status == 0)
            #expect(try await stage.inspector.leader() == nil)
        }
    }
}
