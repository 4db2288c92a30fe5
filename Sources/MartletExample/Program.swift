import Martlet
import MartletWorker

struct WelcomeEmail: Job {
    static let jobType = "email.welcome"
    static let options = JobOptions(queue: "mail", maxRetries: 3)
    let to: String
}

@main
struct Program {
    static func main() async throws {
        let jobs = try JobClient()  // $MARTLET_REDIS_URL, else redis://127.0.0.1:6379
        try await jobs.enqueue(WelcomeEmail(to: "ada@example.com"))
        try await jobs.enqueue(WelcomeEmail(to: "grace@example.com"), start: .after(.seconds(2)))

        var handlers = JobHandlers()
        handlers.add(WelcomeEmail.self) { email, context in
            context.logger.info("sending", metadata: ["to": "\(email.to)"])
            print("\(context.id), attempt \(context.attempt): welcome, \(email.to)!")
        }
        let worker = try Worker(jobs, handlers: handlers, configuration: .init(queues: ["mail"]))
        try await worker.run()
    }
}
