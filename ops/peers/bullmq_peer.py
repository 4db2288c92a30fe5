"""BullMQ's port to Python in `ops/bench --peers`.

Without a command it is a worker, else a client with a command of peer.client.
"""
import asyncio
import sys

import bullmq
import uvloop

import peer

# Nothing is kept of a job that has ended.
OPTIONS = {"removeOnComplete": True, "removeOnFail": True}


async def work():
    async def perform(job, token):
        peer.perform(job.data)

    bullmq.Worker("peer", perform, {"connection": peer.REDIS, "concurrency": 50})
    await asyncio.Event().wait()


async def enqueue():
    queue = bullmq.Queue("peer", {"connection": peer.REDIS})
    await peer.client(
        lambda payload: queue.add("perform", payload, OPTIONS),
        lambda payloads: queue.addBulk([{"name": "perform", "data": payload, "opts": OPTIONS} for payload in payloads]),
    )
    await queue.close()


if __name__ == "__main__":
    uvloop.run(enqueue() if len(sys.argv) > 1 else work())
