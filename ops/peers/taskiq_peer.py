"""Taskiq in `ops/bench --peers`, with the broker that loses no job of a killed worker.

Its workers are `taskiq worker taskiq_peer:broker`; its client is this file with a command of peer.client.
"""
import asyncio

import taskiq_redis
import uvloop

import peer

broker = taskiq_redis.RedisStreamBroker(peer.REDIS, socket_timeout=None)


@broker.task(task_name="perform")
async def perform(payload: str) -> None:
    peer.perform(payload)


async def enqueue_many(payloads):
    # Taskiq has no call for many: as many as this one after the other would take long.
    await asyncio.gather(*(perform.kiq(payload) for payload in payloads))


async def main():
    await broker.startup()
    await peer.client(perform.kiq, enqueue_many)
    await broker.shutdown()


if __name__ == "__main__":
    uvloop.run(main())
