"""What the peers in Python share in `ops/bench --peers`: their job, and the commands of their clients.

PEER_REDIS is the URL of the server, PEER_WAITS the file that gets the waits of probes.
"""
import asyncio
import os
import random
import sys
import time

REDIS = os.environ["PEER_REDIS"]


def perform(payload):
    """Does nothing. A probe's payload begins with the time, and its wait becomes a line of the file."""
    if payload.startswith("x"):
        return
    now = time.time_ns()
    with open(os.environ["PEER_WAITS"], "a") as file:
        file.write(f"{now - int(payload.rstrip('x'))}\n")


async def client(enqueue, enqueue_many):
    """Runs the command: enqueue COUNT, bulk COUNT or probes COUNT. The first two print the seconds that it took."""
    command, count = sys.argv[1], int(sys.argv[2])
    payload = "x" * 100
    if command == "probes":
        for _ in range(count):
            await asyncio.sleep(random.uniform(0.002, 0.010))
            await enqueue(str(time.time_ns()).ljust(100, "x"))
        return
    for _ in range(200):
        await enqueue(payload)
    start = time.perf_counter()
    if command == "enqueue":
        for _ in range(count):
            await enqueue(payload)
    else:
        for first in range(0, count, 500):
            await enqueue_many([payload] * min(500, count - first))
    print(time.perf_counter() - start)
