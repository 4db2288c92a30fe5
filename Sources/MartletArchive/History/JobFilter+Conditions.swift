internal import GRDB
internal import Martlet

extension JobFilter {
    /// The conditions that a row of `jobs` has to meet, as SQL with its arguments; `time` is the column that the
    /// filter's times are about.
    func conditions(time: String) -> (sql: String, arguments: StatementArguments) {
        var sql = "true"
        var arguments = StatementArguments()
        func add(_ condition: String, _ value: (any DatabaseValueConvertible)?) {
            guard let value else { return }
            sql += " AND \(condition)"
            arguments += [value]
        }
        func add(_ column: String, among values: [String]) {
            guard !values.isEmpty else { return }
            sql += " AND \(column) IN (\(values.map { _ in "?" }.joined(separator: ", ")))"
            arguments += StatementArguments(values)
        }
        add("jobs.queue", among: queues)
        add("jobs.type", among: types.sorted())
        add("jobs.state", among: JobState.allCases.filter { states.contains($0) }.map(\.rawValue))
        add("jobs.object = ?", object)
        add("jobs.schedule = ?", schedule)
        if isStandalone { sql += " AND jobs.object IS NULL AND jobs.schedule IS NULL" }
        add("instr(lower(ifnull(jobs.error, '') || ' ' || ifnull(jobs.warning, '')), lower(?)) > 0", error)
        add("\(time) >= ?", since?.milliseconds)
        add("\(time) <= ?", until?.milliseconds)
        return (sql, arguments)
    }
}
