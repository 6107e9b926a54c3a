"""Simulates the same fleet with SimPy and compares its percentiles with ours.

`fleet.py FLEET.json [CLIENTS]`: the file holds `p50_minutes`, `p95_minutes`, `p99_minutes` of the
model: generation daily at 05:00, distribution every 480 minutes at a phase of each server's own,
clients that look every 24 hours, an hour early or late; the change comes just after a generation.
"""

import json
import random
import sys
import time

import simpy

DAY, HOUR = 1440.0, 60.0
CHANGE = 5 * HOUR
JITTER = HOUR
DAYS = 30
# Minutes that two random fleets may differ.
TOLERANCE = 45


def client(env, latencies, counter):
    phase = random.uniform(0, 480)
    generation = CHANGE + DAY
    published = generation + (phase - generation) % 480
    have = False
    yield env.timeout(random.uniform(0, DAY))
    while True:
        counter[0] += 1
        if not have and env.now >= published:
            have = True
            latencies.append(env.now - CHANGE)
        yield env.timeout(DAY + random.uniform(-JITTER, JITTER))


def main():
    ours = json.load(open(sys.argv[1]))
    clients = int(sys.argv[2]) if len(sys.argv) > 2 else 10_000
    random.seed(1)
    env, latencies, counter = simpy.Environment(), [], [0]
    for _ in range(clients):
        env.process(client(env, latencies, counter))
    start = time.perf_counter()
    env.run(until=DAYS * DAY)
    seconds = time.perf_counter() - start
    latencies.sort()
    differences = 0
    for percent in (50, 95, 99):
        theirs = latencies[int(len(latencies) * percent / 100)]
        difference = abs(theirs - ours[f"p{percent}_minutes"])
        differences += difference > TOLERANCE
        print(f"SimPy: p{percent} {theirs / 60:.2f} h, ours {ours[f'p{percent}_minutes'] / 60:.2f} h")
    print(f"SimPy: {counter[0]} events in {seconds:.2f} s, {counter[0] / seconds:,.0f} a second")
    return differences > 0


sys.exit(main())
