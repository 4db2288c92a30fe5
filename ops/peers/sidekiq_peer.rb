# Sidekiq in `ops/bench --peers`. Its workers are `sidekiq -r` this file; its client is this file with a command:
#   enqueue COUNT   enqueues one job after the other and prints the seconds that it took
#   bulk COUNT      the same with push_bulk, a thousand jobs a call
#   probes COUNT    enqueues probes, 2 to 10 ms apart
# PEER_REDIS is the URL of the server, PEER_WAITS the file that gets the waits of probes.
require "sidekiq"

Sidekiq.configure_client { |config| config.redis = {url: ENV.fetch("PEER_REDIS")} }
Sidekiq.configure_server { |config| config.redis = {url: ENV.fetch("PEER_REDIS")} }
Sidekiq.logger.level = Logger::ERROR
# It would write lines about calls that a later release of the Redis client changes, some at each job.
Redis.silence_deprecations = true

# Does nothing. A probe's payload begins with the time, and its wait becomes a line of the file.
class Job
  include Sidekiq::Worker

  def perform(payload)
    return if payload.start_with?("x")
    now = Process.clock_gettime(Process::CLOCK_REALTIME, :nanosecond)
    File.write(ENV.fetch("PEER_WAITS"), "#{now - payload.to_i}\n", mode: "a")
  end
end

if $PROGRAM_NAME == __FILE__
  command, count = ARGV[0], ARGV[1].to_i
  payload = "x" * 100
  if command == "probes"
    count.times do
      sleep rand(0.002..0.010)
      Job.perform_async(Process.clock_gettime(Process::CLOCK_REALTIME, :nanosecond).to_s.ljust(100, "x"))
    end
  else
    200.times { Job.perform_async(payload) }
    start = Process.clock_gettime(Process::CLOCK_MONOTONIC)
    if command == "enqueue"
      count.times { Job.perform_async(payload) }
    else
      (0...count).each_slice(1000) do |some|
        Sidekiq::Client.push_bulk("class" => Job, "args" => some.map { [payload] })
      end
    end
    puts Process.clock_gettime(Process::CLOCK_MONOTONIC) - start
  end
end
