import Foundation
import MartletScripts
import Testing

@testable import MartletChaos

@Suite struct FaultPlanTests {
    @Test func `the same seed gives the same plan, another seed another`() {
        func plan(_ seed: UInt64) -> [FaultPlan.Fault] { FaultPlan(.commit, seed: seed).faults }
        #expect(plan(7).map(\.at) == plan(7).map(\.at))
        #expect(plan(7).map(\.verb) == plan(7).map(\.verb))
        #expect(plan(7).map(\.at) != plan(8).map(\.at))
    }

    @Test func `a plan has as many faults as its profile says, in the order of time`() {
        let faults = FaultPlan(.commit, seed: 1).faults
        let kills = faults.count { if case .kill = $0.verb { true } else { false } }
        #expect(kills == 100)
        #expect(zip(faults, faults.dropFirst()).allSatisfy { $0.at <= $1.at })
    }

    @Test func `every script but the archiver's has its points`() {
        #expect(FaultPoint.all.count == ScriptName.allCases.filter { $0.part != .archive }.count * 6)
        #expect(Set(FaultPoint.all.map(\.script)) == Set(ScriptName.allCases.filter { $0.part != .archive }))
    }

    @Test func `a point is read as it is written`() throws {
        for point in FaultPoint.all {
            #expect(try FaultPoint("\(point)") == point)
        }
        #expect(throws: ChaosError.self) { try FaultPoint("finish:3:sometimes:die") }
    }

    @Test func `every mutant has something to spoil`() {
        #expect(Mutant.all.count >= 12)
        for mutant in Mutant.all { #expect(mutant.applies, "\(mutant.name)") }
    }

    @Test func `a mutant that no run shows names the test that fails with it`() throws {
        let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../MartletTests/Scripts")
        let files = try FileManager.default.subpathsOfDirectory(atPath: folder.path()).filter { $0.hasSuffix(".swift") }
        let tests = try files.map { try String(contentsOf: folder.appending(path: $0), encoding: .utf8) }.joined()
        for test in Mutant.all.compactMap(\.test) {
            #expect(tests.contains("func `\(test)`("), "\(test)")
        }
    }
}
