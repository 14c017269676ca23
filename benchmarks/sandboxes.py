"""How long it takes to make a sandbox, and how requests fare in 200 of them: ``python benchmarks/sandboxes.py [COUNT]``."""

from __future__ import annotations

import statistics
import sys
import time

import httpx

from contract_tests.serving import serving
from mockserver.app import create_app
from mockserver.settings import Settings

COUNT = 200
_REQUESTS = 20


def milliseconds(begun: float) -> float:
    """Since then."""
    return (time.perf_counter() - begun) * 1000


def spread(taken: list[float]) -> str:
    """Median, 95th percentile and maximum."""
    ordered = sorted(taken)
    return f"median {statistics.median(ordered):.2f} ms, p95 {ordered[int(len(ordered) * 0.95)]:.2f} ms, max {ordered[-1]:.2f} ms"


def sent(client: httpx.Client, key: str) -> float:
    """One message, in milliseconds."""
    begun = time.perf_counter()
    body = {"to": ["+14155551234"], "message": "hi", "sender_id": "MyApp"}
    client.post("/restlink/api/v1/sms/send", json=body, headers={"X-API-Key": key}).raise_for_status()
    return milliseconds(begun)


def main(count: int) -> None:
    """Make them, use them in turn, drop them."""
    settings = Settings()
    control = {"Authorization": f"Bearer {settings.control_token}"}
    with serving(create_app(settings)) as url, httpx.Client(base_url=url, timeout=60) as client:
        client.get("/_understudy/ready", headers=control)
        alone = [sent(client, "sk_prod_0016f3a95b1c7e824d60") for _ in range(count * 2)]
        made, keys = [], []
        for number in range(count):
            begun = time.perf_counter()
            reply = client.post("/_understudy/sandboxes", json={"name": f"s{number}"}, headers=control).raise_for_status()
            made.append(milliseconds(begun))
            keys.append(reply.json()["credentials"]["restlink"]["owner"]["api_keys"]["16"])
        shared = [sent(client, key) for _ in range(_REQUESTS) for key in keys]
        dropped = []
        for number in range(count):
            begun = time.perf_counter()
            client.delete(f"/_understudy/sandboxes/s{number}", headers=control).raise_for_status()
            dropped.append(milliseconds(begun))
    print(f"made {count} over HTTP, each with five APIs and its cast: {spread(made)}")
    print(f"a message in the only sandbox: {spread(alone)}")
    print(f"a message in one of {count}, by its own key: {spread(shared)}")
    print(f"dropped: {spread(dropped)}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else COUNT)
