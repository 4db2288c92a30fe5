#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#else
    internal import Darwin
#endif
internal import NIOCore
internal import NIOPosix
internal import NIOSSL

/// The words for an error of the transport: `connection refused` rather than the name of a system call.
func describe(ioError error: any Error) -> String {
    switch error {
    case let error as IOError:
        return String(cString: strerror(error.errnoCode)).lowercased()
    case let error as NIOConnectionError:
        if let last = error.connectionErrors.last {
            return describe(ioError: last.error)
        }
        return "the name '\(error.host)' does not resolve"
    case is ChannelError:
        if case .connectTimeout = error as? ChannelError { return "no answer in time" }
        return "\(error)"
    case is NIOSSLError, is BoringSSLError, is NIOSSLExtraError:
        let text = "\(error)"
        if text.contains("CERTIFICATE_VERIFY_FAILED") {
            return "TLS: the server's certificate is not signed by a trusted authority, or not valid (\(text))"
        }
        return "TLS: \(text)"
    default:
        return "\(error)"
    }
}
