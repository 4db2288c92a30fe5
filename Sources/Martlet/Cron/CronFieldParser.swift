/// Reads one field: items with commas between them.
struct CronFieldParser {
    let field: CronField
    /// The whole expression, of which the field's text is a slice.
    let text: String
    /// Whom `H` spreads by.
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

    /// `*`, `5`, `1-5`, `H`, `H(0-29)`, `L`, each but the last with a step: `*/5`, `1-5/2`, `H/15`.
    private func add(_ item: Substring, to set: inout CronSet) throws(CronError) {
        let parts = item.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        let base = parts[0]
        let step = parts.count == 2 ? try readStep(parts[1]) : nil
        if base == "*" {
            set.add(field.range, step: step ?? 1)
        } else if base.first == "H" || base.first == "h" {
            try addHashed(base, step: step, to: &set)
        } else if base.last == "L" || base.last == "l", field != .month {
            guard step == nil else { throw error(item, at: item, "L takes no step") }
            try addLast(base, to: &set)
        } else if base.contains("-") {
            set.add(try readRange(base), step: step ?? 1, modulo: field == .weekday ? 7 : nil)
        } else {
            let value = try read(base)
            guard step == nil else {
                let remedy = "a step goes with * or with a range: write \(base)-\(field.range.upperBound)/\(parts[1])"
                throw error(item, at: item, remedy)
            }
            set.add(value...value, step: 1, modulo: field == .weekday ? 7 : nil)
        }
    }

    /// With a step the values begin at a hashed place within the first step; without it is one hashed value.
    private func addHashed(_ base: Substring, step: Int?, to set: inout CronSet) throws(CronError) {
        var range = field.hashed
        let inner = base.dropFirst()
        if !inner.isEmpty {
            guard inner.first == "(", inner.last == ")", inner.count > 2, inner.contains("-") else {
                throw error(base, at: base, "write H, or H with a range: H(\(field.range.lowerBound)-5)")
            }
            range = try readRange(inner.dropFirst().dropLast())
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

    /// `L` for the last day of the month; `5L` for the last Friday of it.
    private func addLast(_ base: Substring, to set: inout CronSet) throws(CronError) {
        let number = base.dropLast()
        switch field {
        case .day:
            guard number.isEmpty else { throw error(base, at: base, "write L alone for the last day of the month") }
            set.last = 1
        case .weekday:
            guard !number.isEmpty else {
                throw error(base, at: base, "write which: 5L is the last Friday of the month")
            }
            set.last |= 1 << UInt64(try read(number) % 7)
        default:
            throw error(base, at: base, field.remedy)
        }
    }

    private func readStep(_ text: Substring) throws(CronError) -> Int {
        guard let step = number(text), (1...field.range.count).contains(step) else {
            throw error(text, at: text, "use a step of 1 to \(field.range.count)")
        }
        return step
    }

    private func readRange(_ text: Substring) throws(CronError) -> ClosedRange<Int> {
        let ends = text.split(separator: "-", omittingEmptySubsequences: false)
        guard ends.count == 2 else { throw error(text, at: text, "write a range as first-last") }
        let first = try read(ends[0])
        var last = try read(ends[1])
        // Sunday ends a week as well as it begins one.
        if field == .weekday, last == 0, first > 0 { last = 7 }
        guard first <= last else {
            let remedy =
                "begin a range with its lower end: \(ends[0])-\(field.range.upperBound),"
                + "\(field.range.lowerBound)-\(ends[1])"
            throw error(text, at: text, remedy)
        }
        return first...last
    }

    private func read(_ text: Substring) throws(CronError) -> Int {
        if let index = field.names.firstIndex(of: text.uppercased()) { return field.range.lowerBound + index }
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
