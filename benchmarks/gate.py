"""What the gate costs a request: the same requests to a mock, directly and through the gate, in turns.

    python -m benchmarks.gate [--rounds 20] [--requests 200] [--rules staging]

Processor time is that of this process, where the sender and the gate are; the sender's is the same in both turns.
"""

from __future__ import annotations

import argparse
import http.client
import os
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from statistics import median
from urllib.parse import urlsplit

from contract_tests import contracts
from contract_tests.gate.proxy import Gate, Mount
from contract_tests.gate.routes import Routes
from contract_tests.gate.rule import Rule
from contract_tests.gate.rules import rules_for
from contract_tests.targets.target import Limits, Target
from mockserver.app import cast
from mockserver.data import MOUNTS
from mockserver.testing import process

API = "bird"


def rules(profile: str, root: str) -> Sequence[Rule]:
    """Those of a profile, without its pace."""
    if profile == "none":
        return ()
    pinned = {"phone": ("+14155550100",), "email": ("test@example.com",)}
    target = Target("bench", {API: root + MOUNTS[API]}, {}, profile, limits=Limits(), recipients=pinned)
    return rules_for(target, (API,))


def spent(url: str, path: str, requests: int, headers: dict[str, str]) -> tuple[float, float]:
    """Seconds of wall and processor time for one request."""
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port)
    wall, processor = time.perf_counter(), time.process_time()
    for _ in range(requests):
        connection.request("GET", path, headers=headers)
        reply = connection.getresponse()
        reply.read()
        assert reply.status == 200, reply.status
    told = (time.perf_counter() - wall) / requests, (time.process_time() - processor) / requests
    connection.close()
    return told


def main() -> None:
    """Print the medians."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--requests", type=int, default=200)
    parser.add_argument("--rules", default="mock", choices=("none", "mock", "sandbox", "staging", "production"))
    asked = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="understudy-bench-"))
    running = process.start(process.Wish((API,)), folder, "bench-token", os.getpid())
    try:
        owner = cast(API, "default")["owner"]
        headers = {"Authorization": f"AccessKey {owner['access_key']}"}
        path = f"{MOUNTS[API]}/workspaces/{owner['workspace_id']}/channels"

        def both() -> tuple[tuple[float, float], tuple[float, float]]:
            return spent(running.url, path, asked.requests, headers), spent(gate, path, asked.requests, headers)

        mount = Mount(API, MOUNTS[API], running.url + MOUNTS[API], Routes(contracts.load(API)))
        with Gate([mount], rules(asked.rules, running.url)).open() as gate:
            turns = [both() for _ in range(asked.rounds)]
    finally:
        process.end(folder, "bench-token")
    for name, place in (("wall", 0), ("processor", 1)):
        direct, through = (median(turn[way][place] for turn in turns) * 1e6 for way in (0, 1))
        cost = median(turn[1][place] - turn[0][place] for turn in turns) * 1e6
        print(f"{name:10} direct {direct:6.0f} us, through the gate {through:6.0f} us, the gate's own {cost:6.0f} us a request")
    print(f"requests in a second through the gate, one after the other: {1 / median(turn[1][0] for turn in turns):.0f}")


if __name__ == "__main__":
    main()
