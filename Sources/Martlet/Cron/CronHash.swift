/// The stable spread behind `H`: the same name gives the same values in every process and every release.
enum CronHash {
    /// A number from `range` for the field of the schedule with this name.
    static func value(in range: ClosedRange<Int>, of field: CronField, name: String) -> Int {
        range.lowerBound + Int(number(of: field, name: name) % UInt64(range.count))
    }

    /// A hash of the name for the field.
    ///
    /// It is FNV-1a over the name, a zero and the field's number, with MurmurHash3's finisher, so that names that
    /// differ only in their last letter are spread too.
    private static func number(of field: CronField, name: String) -> UInt64 {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in Array(name.utf8) + [0, UInt8(field.rawValue)] {
            hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3
        }
        hash = (hash ^ hash >> 33) &* 0xff51_afd7_ed55_8ccd
        hash = (hash ^ hash >> 33) &* 0xc4ce_b9fe_1a85_ec53
        return hash ^ hash >> 33
    }
}
