internal import Logging

/// The log of a connection: it says once that the connection is lost or cannot be made, and once that it is back,
/// however many callers ask.
struct LinkJournal {
    private let logger: Logger
    private let address: String
    private var outage: RedisError?

    init(logger: Logger, address: String) {
        self.logger = logger
        self.address = address
    }

    mutating func connected() {
        if outage == nil {
            logger.debug("connected to Redis", metadata: ["redis": "\(address)"])
        } else {
            logger.info("connected to Redis again", metadata: ["redis": "\(address)"])
        }
        outage = nil
    }

    mutating func disconnected(_ error: RedisError) {
        if outage?.message != error.message {
            logger.warning("\(error.message)", metadata: ["redis": "\(address)", "code": "\(error.code)"])
        }
        outage = error
    }

    /// The error for a request that was never written.
    var timeout: RedisError {
        let cause = outage.map { "; last: \($0.message)" } ?? ""
        return RedisError(.timeout, "no connection to \(address) in time\(cause)")
    }
}
