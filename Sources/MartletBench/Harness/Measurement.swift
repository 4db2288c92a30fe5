/// One figure of one round, and what it cost.
struct Measurement: Codable {
    let name: String
    var value: Double
    let unit: String
    /// The settings of the server.
    var settings = BenchSettings.recommended
    /// `value` as a share of the ceiling, which was measured right beside it.
    var ofCeiling: Double?
    /// CPU time of redis-server for each job, in microseconds.
    var redisMicros: Double?
    /// Commands for each job as Redis counts them, those within scripts too.
    var commands: Double?
    /// Script calls for each job.
    var calls: Double?
    /// CPU time of all worker processes for each job, or of the producer, in microseconds.
    var workerMicros: Double?
    /// Context switches of the producer's or the workers' threads for each job.
    var switches: Double?
    /// Context switches of redis-server for each job.
    var redisSwitches: Double?
    /// The most memory that a worker process had, in MiB.
    var peakMiB: Double?

    init(_ name: String, _ value: Double, _ unit: String, ofCeiling: Double? = nil) {
        self.name = name
        self.value = value
        self.unit = unit
        self.ofCeiling = ofCeiling
    }

    /// Of one figure in several rounds: each column's median.
    init(medianOf rounds: [Measurement]) {
        self.init(rounds[0].name, rounds.map(\.value).median, rounds[0].unit)
        settings = rounds[0].settings
        func median(_ column: (Measurement) -> Double?) -> Double? {
            let values = rounds.compactMap(column)
            return values.isEmpty ? nil : values.median
        }
        ofCeiling = median(\.ofCeiling)
        redisMicros = median(\.redisMicros)
        commands = median(\.commands)
        calls = median(\.calls)
        workerMicros = median(\.workerMicros)
        switches = median(\.switches)
        redisSwitches = median(\.redisSwitches)
        peakMiB = median(\.peakMiB)
    }

    /// The same, measured with these settings of the server.
    func on(_ settings: BenchSettings) -> Measurement {
        var measured = self
        measured.settings = settings
        return measured
    }

    /// The same beside its ceiling.
    func of(_ ceiling: Double) -> Measurement {
        var measured = self
        measured.ofCeiling = value / ceiling
        return measured
    }
}

extension [Double] {
    /// 0 of no values.
    var median: Double { quantile(0.5) }

    /// 0 of no values.
    func quantile(_ share: Double) -> Double {
        isEmpty ? 0 : sorted()[Swift.min(count - 1, Int(Double(count) * share))]
    }
}

extension Duration {
    var seconds: Double { self / .seconds(1) }
    var milliseconds: Double { self / .milliseconds(1) }
}
