/// A parser for one field: items with commas between them.
struct CronFieldParser {
    let field: CronField
    /// The whole expression, of which the field's text is a slice.
    let text: String
    /// The name of the schedule, by which `H` spreads.
    let name: String

    func parse(_ value: Substring) throws(CronError) -> CronSet {
        var set = CronSet()
        for item in value.split(separator: ",", omittingEmptySubsequences: false) {
            guard !item.isEmpty else { throw error(value, at: item, "leave no item of the list empty") }
            try add(item, to: &set)
        }
        set.beginsWithStar = value.hasPrefix("*")
        set.isBeat = set.isBeat || set.beginsWithStar || set.values == field.all
        return set
    }

    /// Adds one item to the set.
    ///
    /// An item is `*`, `5`, `1-5`, `H` or `H(0-29)`, each also with a step: `*/5`, `1-5/2`, `H/15`; or `L`, `L-3`,
    /// `5L`, `15W`, `LW`, `MON#2`.
    private func add(_ item: Substring, to set: inout CronSet) throws(CronError) {
        let parts = item.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        let base = parts[0]
        let step = parts.count == 2 ? try readStep(parts[1]) : nil
        if base == "*" {
            set.add(field.range, step: step ?? 1)
        } else if base.first == "H" || base.first == "h" {
            try addHashed(base, step: step, to: &set)
        } else if field == .weekday, base.contains("#") {
            guard step == nil else { throw error(item, at: item, "# takes no step") }
            try addOrdinal(base, to: &set)
        } else if field == .day, base.count > 1, base.last == "W" || base.last == "w" {
            guard step == nil else { throw error(item, at: item, "W takes no step") }
            let number = base.dropLast()
            set.nearest |= 1 << UInt64(number.uppercased() == "L" ? 0 : try read(number))
        } else if field == .day, base.uppercased().hasPrefix("L-") {
            guard step == nil else { throw error(item, at: item, "L takes no step") }
            guard let before = number(base.dropFirst(2)), (1...30).contains(before) else {
                throw error(base, at: base, "use L-1 to L-30: so many days before the last day")
            }
            set.last |= 1 << UInt64(before)
        } else if base.last == "L" || base.last == "l", field != .month {
            guard step == nil else { throw error(item, at: item, "L takes no step") }
            try addLast(base, to: &set)
        } else if base.contains("-") {
            set.add(
                try readRange(base, step: parts.count == 2 ? step : 1),
                step: step ?? 1,
                modulo: field == .weekday ? 7 : nil
            )
        } else {
            let value = try read(base)
            guard step == nil else {
                let remedy = "a step goes with * or with a range: write \(base)-\(field.range.upperBound)/\(parts[1])"
                throw error(item, at: item, remedy)
            }
            set.add(value...value, step: 1, modulo: field == .weekday ? 7 : nil)
        }
    }

    /// Adds a hashed item: one hashed value, or with a step the values from a hashed place within the first step on.
    private func addHashed(_ base: Substring, step: Int?, to set: inout CronSet) throws(CronError) {
        var range = field.hashed
        let inner = base.dropFirst()
        if !inner.isEmpty {
            guard inner.first == "(", inner.last == ")", inner.count > 2, inner.contains("-") else {
                throw error(base, at: base, "write H, or H with a range: H(\(field.range.lowerBound)-5)")
            }
            range = try readRange(inner.dropFirst().dropLast(), step: nil)
        }
        guard let step else {
            let value = CronHash.value(in: range, of: field, name: name)
            set.add(value...value, step: 1, modulo: field == .weekday ? 7 : nil)
            return
        }
        let places = range.lowerBound...min(range.lowerBound + step - 1, range.upperBound)
        let start = CronHash.value(in: places, of: field, name: name)
        set.add(start...range.upperBound, step: step, modulo: field == .weekday ? 7 : nil)
        set.isBeat = true
    }

    /// Adds `L`, the last day of the month, or `5L`, the last Friday of it.
    private func addLast(_ base: Substring, to set: inout CronSet) throws(CronError) {
        let number = base.dropLast()
        switch field {
        case .day:
            guard number.isEmpty else { throw error(base, at: base, "write L alone for the last day of the month") }
            set.last |= 1
        case .weekday:
            guard !number.isEmpty else {
                throw error(base, at: base, "write which: 5L is the last Friday of the month")
            }
            set.last |= 1 << UInt64(try read(number) % 7)
        default:
            throw error(base, at: base, field.remedy)
        }
    }

    /// Adds `MON#2`, the second Monday of the month.
    private func addOrdinal(_ base: Substring, to set: inout CronSet) throws(CronError) {
        let parts = base.split(separator: "#", omittingEmptySubsequences: false)
        guard parts.count == 2, let ordinal = number(parts[1]), (1...5).contains(ordinal) else {
            throw error(base, at: base, "write a day and a number from 1 to 5: MON#2 is the second Monday of the month")
        }
        set.ordinals |= 1 << UInt64(7 * (ordinal - 1) + (try read(parts[0])) % 7)
    }

    private func readStep(_ text: Substring) throws(CronError) -> Int {
        guard let step = number(text), (1...field.range.count).contains(step) else {
            throw error(text, at: text, "use a step of 1 to \(field.range.count)")
        }
        return step
    }

    /// Reads `first-last`; `step` is the step of the values, for the text of an error, and nil where it is not known.
    private func readRange(_ text: Substring, step: Int?) throws(CronError) -> ClosedRange<Int> {
        let ends = text.split(separator: "-", omittingEmptySubsequences: false)
        guard ends.count == 2 else { throw error(text, at: text, "write a range as first-last") }
        let first = try read(ends[0])
        var last = try read(ends[1])
        // Sunday ends a week as well as it begins one.
        if field == .weekday, last == 0, first > 0 { last = 7 }
        guard first <= last else {
            throw error(text, at: text, "begin a range with its lower end\(unwrapped(ends, first, last, step))")
        }
        return first...last
    }

    /// A text with the same values as a range that goes over the end, written so that it does not.
    private func unwrapped(_ ends: [Substring], _ first: Int, _ last: Int, _ step: Int?) -> String {
        let (lowest, count) = (field.range.lowerBound, field.range.count)
        switch step {
        case nil: return ""
        case 1: return ": \(ends[0])-\(field.range.upperBound),\(lowest)-\(ends[1])"
        case let step?:
            let values = stride(from: first, through: last + count, by: step).map { lowest + ($0 - lowest) % count }
            return ": \(values.map { "\($0)" }.joined(separator: ","))"
        }
    }

    private func read(_ text: Substring) throws(CronError) -> Int {
        let word = text.uppercased()
        if let index = field.names.firstIndex(of: word) ?? field.fullNames.firstIndex(of: word) {
            return field.range.lowerBound + index
        }
        guard let value = number(text), field.written.contains(value) else {
            throw error(text, at: text, text == "?" ? "use * for any" : field.remedy)
        }
        return value
    }

    private func number(_ text: Substring) -> Int? {
        text.utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) } ? Int(text) : nil
    }

    private func error(_ value: Substring, at place: Substring, _ remedy: String) -> CronError {
        CronError(
            field: field.title,
            value: String(value),
            position: text.distance(from: text.startIndex, to: place.startIndex) + 1,
            remedy: remedy
        )
    }
}

extension CronSet {
    fileprivate mutating func add(_ range: ClosedRange<Int>, step: Int, modulo: Int? = nil) {
        for value in stride(from: range.lowerBound, through: range.upperBound, by: step) {
            values |= 1 << UInt64(modulo.map { value % $0 } ?? value)
        }
    }
}
