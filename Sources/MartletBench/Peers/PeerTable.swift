/// The figures of all rounds of all peers: a row for each figure, a column for each peer.
struct PeerTable {
    private var rounds: [String: [String: [Measurement]]] = [:]

    mutating func add(_ measured: Measurement, of peer: String) {
        rounds[measured.name, default: [:]][peer, default: []].append(measured)
    }

    /// The median of a figure of a peer over the rounds; nil where it has none.
    func median(_ figure: String, of peer: String) -> Double? {
        rounds[figure]?[peer].map { Measurement(medianOf: $0).value }
    }

    /// Prints the medians; behind each figure of another stands how many times the reference's it is.
    func print(_ peers: [String], reference: String) {
        var rows = [[""] + peers]
        for figure in PeerFigure.all {
            guard let unit = rounds[figure]?.values.first?.first?.unit else { continue }
            let standard = median(figure, of: reference)
            rows.append(
                ["\(figure), \(unit)"]
                    + peers.map { peer in
                        guard let value = median(figure, of: peer) else { return "" }
                        guard let standard, standard > 0, peer != reference else { return MarkdownTable.text(value) }
                        return "\(MarkdownTable.text(value)) (\(MarkdownTable.text(value / standard)))"
                    }
            )
        }
        MarkdownTable.print(rows)
    }
}
