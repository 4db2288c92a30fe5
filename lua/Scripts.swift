package func x() -> [UInt8] { PackageResources.enqueue_lua }
