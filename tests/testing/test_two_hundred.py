"""Two hundred tests on four workers share one server process and see nothing of each other."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.testing.conftest import Run, runs
from tests.testing.test_plugin import module_of

MODULE = module_of("""
    import os
    import pathlib
    from datetime import datetime, timedelta

    import pytest

    NOON = datetime.fromisoformat("2026-02-13T12:00:00+00:00")

    def status(understudy):
        return client.get(url(understudy), headers=understudy.bird.owner.headers).status_code

    @pytest.mark.parametrize("turn", range(200))
    def test_alone(understudy, turn):
        # A clock, a fault, messages, a journal and an address for webhooks of its own.
        assert understudy.freeze(NOON + timedelta(days=turn)) == understudy.now
        understudy.fault(operation="list_channel_messages", status=401 if turn % 2 else 404, next=1)
        assert status(understudy) == (401 if turn % 2 else 404)
        for _ in range(1 + turn % 3):
            send(understudy, f"text {turn}")
        understudy.receive("bird", f"answer to {turn}")
        understudy.advance("1m")
        assert sorted(text for text in texts(understudy) if "text " in text or "answer" in text) == sorted(
            [f"answer to {turn}", *[f"text {turn}"] * (1 + turn % 3)]
        )
        sent = understudy.sent(operation="send_message", body={"body": {"text": {"text": f"text {turn}"}}})
        assert len(sent) == 1 + turn % 3
        assert len(understudy.journal) == 1 + (1 + turn % 3) + 1
        assert understudy.now == NOON + timedelta(days=turn, minutes=1)
        assert [fault.hits for fault in understudy.faults()] == [1]
        told = f"{understudy.server.pid} {understudy.server.url} {os.environ['PYTEST_XDIST_WORKER']} {understudy.name}"
        (pathlib.Path(__file__).parent / f"{turn}.txt").write_text(told)
""")


@pytest.mark.slow
def test_two_hundred_tests_share_one_process_and_nothing_else(run_tests: Callable[..., Run]) -> None:
    run = run_tests(MODULE, "-n", "4")
    assert (run.status, run.count("passed")) == (0, 200), run.text
    told = [text.split() for text in run.written().values()]
    pids, urls, workers, sandboxes = (set(column) for column in zip(*told, strict=True))
    assert (len(pids), len(urls)) == (1, 1)
    assert workers == {"gw0", "gw1", "gw2", "gw3"}
    assert len(sandboxes) == 200
    assert not runs(int(pids.pop()))
    assert run.left() == []
