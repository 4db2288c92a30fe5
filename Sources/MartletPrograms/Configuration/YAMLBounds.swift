internal import CYaml

/// The size and the depth of a YAML text with its aliases, judged by the events of its parser before nodes are made.
///
/// Through aliases of aliases a small text can be as large and as deep as it likes. Yams compares the keys of a map
/// node by node, and nodes are released one inside the other. So a text beyond these bounds must not be composed.
struct YAMLBounds {
    /// A reason to refuse a text.
    struct Excess {
        /// The line of the text, counted from 1.
        let line: Int
        let message: String
    }

    private struct Size {
        var nodes = 1
        /// The collections that are nested here; none in a single value.
        var levels = 0
    }
    private struct Collection {
        let isMap: Bool
        let anchor: String?
        var size = Size(levels: 1)
        var items = 0

        /// True when the next node is the key of a map.
        var isAtKey: Bool { isMap && items.isMultiple(of: 2) }
    }
    private var open: [Collection] = []
    private var anchors: [String: Size] = [:]

    private static let mostNodes = 2_000_000
    private static let mostLevels = 1000
    /// No key may be a map or a list; a small one is left to the reader of the nodes, which says where it stands.
    private static let mostInKey = 100

    /// Reads a text as far as its first document goes; nil when it may be composed.
    ///
    /// A text that is no YAML may be composed as well: Yams says what is wrong with it.
    static func excess(in text: String) -> Excess? {
        // The parser keeps its own address.
        let parser = UnsafeMutablePointer<yaml_parser_t>.allocate(capacity: 1)
        defer { parser.deallocate() }
        guard yaml_parser_initialize(parser) == 1 else { return nil }
        defer { yaml_parser_delete(parser) }
        yaml_parser_set_encoding(parser, YAML_UTF8_ENCODING)
        var text = text
        return text.withUTF8 { bytes in
            yaml_parser_set_input_string(parser, bytes.baseAddress, bytes.count)
            var bounds = YAMLBounds()
            while true {
                var event = yaml_event_t()
                guard yaml_parser_parse(parser, &event) == 1 else { return nil }
                defer { yaml_event_delete(&event) }
                if event.type == YAML_DOCUMENT_END_EVENT || event.type == YAML_STREAM_END_EVENT { return nil }
                if let message = bounds.take(event) {
                    return Excess(line: Int(event.start_mark.line) + 1, message: message)
                }
            }
        }
    }

    /// Takes the next event; the result is the reason to refuse the text, or nil.
    private mutating func take(_ event: yaml_event_t) -> String? {
        switch event.type {
        case YAML_SCALAR_EVENT:
            if let anchor = Self.text(event.data.scalar.anchor) { anchors[anchor] = Size() }
            return add(Size())
        case YAML_ALIAS_EVENT:
            // An alias of nothing is refused by Yams.
            return add(Self.text(event.data.alias.anchor).flatMap { anchors[$0] } ?? Size())
        case YAML_SEQUENCE_START_EVENT:
            open.append(Collection(isMap: false, anchor: Self.text(event.data.sequence_start.anchor)))
            return nil
        case YAML_MAPPING_START_EVENT:
            open.append(Collection(isMap: true, anchor: Self.text(event.data.mapping_start.anchor)))
            return nil
        case YAML_SEQUENCE_END_EVENT, YAML_MAPPING_END_EVENT:
            guard let ended = open.popLast() else { return nil }
            if let anchor = ended.anchor { anchors[anchor] = ended.size }
            return add(ended.size)
        default:
            return nil
        }
    }

    /// Counts a node with all that is in it as the next item of the collection around it.
    private mutating func add(_ size: Size) -> String? {
        guard var collection = open.popLast() else { return nil }
        if collection.isAtKey, size.nodes > Self.mostInKey {
            return "has a large map or list as a key; write a plain word"
        }
        collection.size.nodes += size.nodes
        collection.size.levels = max(collection.size.levels, size.levels + 1)
        collection.items += 1
        open.append(collection)
        guard collection.size.nodes <= Self.mostNodes, collection.size.levels <= Self.mostLevels else {
            return "is too much: with its aliases it is larger or deeper than any use has"
        }
        return nil
    }

    private static func text(_ anchor: UnsafeMutablePointer<yaml_char_t>?) -> String? {
        anchor.map { String(cString: $0) }
    }
}
