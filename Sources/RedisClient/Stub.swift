internal import NIOPosix
internal import NIOSSL
internal import CHiredis
func y() { _ = redisReaderCreateWithFunctions(nil) }
