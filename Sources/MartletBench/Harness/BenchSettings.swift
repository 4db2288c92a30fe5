/// The settings of a redis-server on which something is measured.
enum BenchSettings: String, Codable, CaseIterable {
    /// Redis's own, as most servers have them.
    case defaults = "Redis's defaults"
    /// Those that Martlet recommends.
    case recommended = "ops/redis.conf"
}
