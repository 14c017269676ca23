"""The pytest plugin in runs of its users: one server, a sandbox for each test, the story of a failure, nothing left behind."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree

import pytest

from tests.conftest import RunningMock
from tests.testing.conftest import WITHOUT, Run, runs, surroundings

RunTests = Callable[..., Run]

pytestmark = pytest.mark.slow

#: What tests of users begin with: a client that has nothing but the usual address and a key.
CLIENT = """
import httpx

client = httpx.Client(trust_env=False)

def url(understudy):
    owner = understudy.bird.owner
    path = f"/workspaces/{owner.workspace_id}/channels/{owner.channels['sms']}/messages"
    return understudy.server.base_url("bird") + path

def send(understudy, text="hello"):
    body = {"receiver": {"contacts": [{"identifierValue": "+31612345678"}]}, "body": {"type": "text", "text": {"text": text}}}
    return client.post(url(understudy), json=body, headers=understudy.bird.owner.headers).json()

def texts(understudy):
    found = client.get(url(understudy), headers=understudy.bird.owner.headers).json()["results"]
    return [message["body"]["text"]["text"] for message in found if message["body"]["type"] == "text"]
"""


def module_of(text: str) -> str:
    return CLIENT + textwrap.dedent(text)


def test_a_key_alone_keeps_tests_apart(run_tests: RunTests) -> None:
    run = run_tests(
        module_of("""
            import pytest

            @pytest.mark.parametrize("turn", [1, 2])
            def test_only_mine(understudy, turn):
                send(understudy, "mine")
                assert texts(understudy).count("mine") == 1
                assert len(understudy.sent(operation="send_message", actor="owner", status=202)) == 1
        """)
    )
    assert (run.status, run.count("passed")) == (0, 2), run.text


def test_a_failure_tells_what_was_sent(run_tests: RunTests) -> None:
    run = run_tests(
        module_of("""
            def test_it(understudy):
                understudy.fault(operation="get_message", status=404)
                send(understudy, "hello")
                assert understudy.sent(operation="send_message", body={"body": {"text": {"text": "goodbye"}}})
        """),
        "--junitxml=junit.xml",
    )
    assert run.count("failed") == 1
    assert re.search(
        r"E +AssertionError: assert <nothing fits; nearest of 1 sent: #1 send_message -> 202 \(body\.body\.text\.text: hello",
        run.text,
    )
    (failure,) = ElementTree.parse(run.folder / "junit.xml").iter("failure")
    for text in (run.text, failure.text or ""):
        assert "understudy: sandbox test-it-" in text
        assert "body.body.text.text: hello, not 'goodbye'" in text
        assert "send_message by owner" in text
        assert "sha256:" in text
        assert "<fault f1: error 404 on get_message>" in text
    assert not re.search(r"AccessKey [A-Za-z0-9]{20}", run.text), "a credential is shown"


def test_workers_tell_of_a_failure_as_well(run_tests: RunTests) -> None:
    run = run_tests(
        module_of("""
            def test_it(understudy):
                send(understudy, "hello")
                assert False

            def test_other(understudy):
                assert not understudy.journal
        """),
        "-n", "2", "--junitxml=junit.xml",
    )  # fmt: skip
    assert (run.count("failed"), run.count("passed")) == (1, 1)
    assert run.text.count("understudy: sandbox test-it-") == 1
    (failure,) = ElementTree.parse(run.folder / "junit.xml").iter("failure")
    assert "send_message by owner" in (failure.text or "")


@pytest.mark.parametrize(
    ("ending", "words"),
    [
        ("pytest.fail('no reason', pytrace=False)", "no reason"),
        ("request.getfixturevalue('nobody')", "fixture 'nobody' not found"),
    ],
)
def test_a_failure_without_a_traceback_has_its_story_too(run_tests: RunTests, ending: str, words: str) -> None:
    run = run_tests(
        module_of(f"""
            import pytest

            def test_it(understudy, request):
                send(understudy, "hello")
                {ending}
        """),
        "--junitxml=junit.xml",
    )
    (failure,) = ElementTree.parse(run.folder / "junit.xml").iter("failure")
    for text in (run.text, failure.text or ""):
        assert words in text
        assert "send_message by owner" in text


def test_what_passes_tells_nothing(run_tests: RunTests, tmp_path: Path) -> None:
    (tmp_path / "conftest.py").write_text("def pytest_runtest_logreport(report):\n    assert report.longrepr is None\n")
    run = run_tests(
        module_of("def test_it(understudy):\n    send(understudy)\n    assert not understudy.sent(status=500)\n"), "-rA"
    )
    assert (run.status, run.count("passed")) == (0, 1), run.text
    assert "sandbox" not in run.text


SAME = module_of("""
    import pathlib
    import pytest

    @pytest.mark.parametrize("turn", range(6))
    def test_id(understudy, turn):
        here = pathlib.Path(__file__).parent
        (here / f"{turn}.txt").write_text(f"{understudy.name} {send(understudy)['id']} {understudy.bird.owner.access_key}")
""")


def test_one_seed_gives_each_test_the_same_ids_wherever_it_runs(run_tests: RunTests) -> None:
    alone = run_tests(SAME, "--understudy-seed=7")
    first = alone.written()
    assert alone.count("passed") == 6, alone.text
    assert len(set(first.values())) == 6
    spread = run_tests(SAME, "--understudy-seed=7", "-n", "3", "--dist=loadgroup")
    assert spread.count("passed") == 6, spread.text
    assert spread.written() == first
    other = run_tests(SAME, "--understudy-seed=8").written()
    assert [other[name] == first[name] for name in first] == [False] * 6


def test_each_worker_may_run_all_tests(run_tests: RunTests) -> None:
    alone = "def test_it(understudy):\n    send(understudy)\n    assert len(understudy.journal) == 1\n"
    run = run_tests(CLIENT + alone, "--dist=each", "--tx=2*popen")
    assert (run.status, run.count("passed")) == (0, 2), run.text


def test_a_marker_says_how_the_sandbox_opens(run_tests: RunTests) -> None:
    run = run_tests(
        module_of("""
            import pytest

            @pytest.mark.understudy(world="empty", now="2026-02-13T12:00:00Z")
            def test_it(understudy):
                assert understudy.now.isoformat() == "2026-02-13T12:00:00+00:00"
                assert texts(understudy) == []

            def test_other(understudy):
                assert texts(understudy) != []

            @pytest.mark.understudy(wrold="empty")
            def test_typo(understudy):
                pass
        """)
    )
    assert (run.count("passed"), run.count("error")) == (2, 1), run.text
    assert "The marker understudy takes world, seed and now, not wrold." in run.text


def test_a_world_may_be_a_folder_beside_the_tests(run_tests: RunTests, tmp_path: Path) -> None:
    from mockserver.data import fixtures_path

    (tmp_path / "my" / "world").mkdir(parents=True)
    text = (fixtures_path() / "default" / "bird.yaml").read_text().replace("q7HnT2vXc9LwZr4KfYbD1sMgA8eUj3RiPo6N", "Zz" * 18)
    (tmp_path / "my" / "world" / "bird.yaml").write_text(text)
    module = module_of("def test_it(understudy):\n    assert understudy.bird.owner.access_key.startswith('ZzZzZzZz')\n")
    assert run_tests(module, ini="understudy_apis = bird\nunderstudy_world = my/world").status == 0
    marked = f"import pytest\npytestmark = pytest.mark.understudy(world='my/world')\n{module}"
    assert run_tests(marked).status == 0


@pytest.mark.parametrize(
    ("option", "words"),
    [
        ("--understudy-world=nowhere", "nowhere"),
        ("--understudy-apis=bird,pigeon", "understudy_apis names pigeon; there are restlink, tofrom"),
        ("--understudy-seed=many", "understudy_seed is 'many'; a seed is a number such as 7"),
        ("--understudy-url=http://127.0.0.1:9", "Set UNDERSTUDY_CONTROL_TOKEN to the control token of the mock at"),
    ],
)
def test_what_cannot_start_says_why_without_a_traceback(run_tests: RunTests, option: str, words: str) -> None:
    run = run_tests("def test_it(understudy):\n    pass\n", option)
    assert run.count("error") == 1
    assert words in run.text
    assert "Traceback" not in run.text
    assert "mockserver/testing" not in run.text
    assert "During handling" not in run.text
    assert run.left() == []


def test_a_word_that_is_wrong_is_told_where_the_test_says_it(run_tests: RunTests) -> None:
    run = run_tests("""
        import pytest

        @pytest.mark.parametrize("say", [
            lambda here: here.sent(operaton="send_message"),
            lambda here: here.assert_sent(operation="send_message"),
            lambda here: here.fault(operation="send_mesage", status=404),
            lambda here: here.fault(stattus=404),
            lambda here: here.bird.actor("nobody"),
            lambda here: here.advance("soon"),
            lambda here: here.receive("bird", channel="none"),
            lambda here: here.webhooks.wait(timeout=0),
        ])
        def test_it(understudy, say):
            say(understudy)
    """)
    assert run.count("failed") == 8
    assert "mockserver/" not in run.text
    assert "raised in repr" not in run.text


def test_an_api_that_is_not_served_is_told_with_those_that_are(run_tests: RunTests) -> None:
    run = run_tests("def test_it(understudy):\n    understudy.restlink.owner\n")
    assert "LookupError: restlink is not served here, only bird." in run.text


def test_a_mock_that_broke_down_leaves_its_last_words(run_tests: RunTests) -> None:
    run = run_tests("""
        import os, pathlib, signal, time
        from mockserver import lifeline

        def test_one(understudy):
            log = next(pathlib.Path(os.environ["TMPDIR"]).glob("understudy-*/server.log"))
            log.write_text("out of memory")
            os.kill(understudy.server.pid, signal.SIGKILL)
            assert lifeline.await_end(understudy.server.pid, 30)

        def test_two(understudy):
            pass
    """)
    assert re.search(r"The mock of this run has gone: .*\. It wrote:\n +out of memory", run.text), run.text
    assert run.left() == []


def test_a_mock_that_runs_already_is_used_and_left_as_it_was(run_tests: RunTests, start_mock: Callable[..., RunningMock]) -> None:
    mock = start_mock(apis=("bird",))
    run = run_tests(
        module_of("""
            def test_it(understudy):
                assert understudy.server.pid is None
                send(understudy)
                assert understudy.sent(operation="send_message")
        """),
        f"--understudy-url={mock.url}",
        UNDERSTUDY_CONTROL_TOKEN="test-control-token",
    )
    assert (run.status, run.left()) == (0, []), run.text
    assert [one["name"] for one in mock.control.get("/sandboxes").json()["sandboxes"]] == ["default"]


def test_a_killed_run_leaves_no_server(tmp_path: Path, started: Callable[..., subprocess.Popen[str]]) -> None:
    (tmp_path / "pytest.ini").write_text("[pytest]\nunderstudy_apis = bird\n")
    module = """
        import pathlib, time

        def test_it(understudy):
            pathlib.Path(__file__).with_name("pid.txt").write_text(str(understudy.server.pid))
            time.sleep(300)
    """
    (tmp_path / "test_module.py").write_text(textwrap.dedent(module))
    words = [sys.executable, "-m", "pytest", *WITHOUT, "-n", "2", "-p", "no:cacheprovider"]
    controller = started(*words, cwd=tmp_path, env=surroundings(tmp_path))
    told = tmp_path / "pid.txt"
    wait_until(lambda: told.exists() and told.read_text() != "")
    pid = int(told.read_text())
    assert runs(pid)
    os.kill(controller.pid, signal.SIGKILL)
    wait_until(lambda: not runs(pid))


def test_an_interrupted_run_ends_its_server(tmp_path: Path, started: Callable[..., subprocess.Popen[str]]) -> None:
    module = """
        import os, pathlib, signal

        def test_it(understudy):
            pathlib.Path(__file__).with_name("pid.txt").write_text(str(understudy.server.pid))
            os.kill(os.getpid(), signal.SIGINT)
    """
    (tmp_path / "test_module.py").write_text(textwrap.dedent(module))
    controller = started(
        sys.executable, "-m", "pytest", *WITHOUT, "-p", "no:cacheprovider", cwd=tmp_path, env=surroundings(tmp_path)
    )
    assert controller.wait(60) == pytest.ExitCode.INTERRUPTED
    assert not runs(int((tmp_path / "pid.txt").read_text()))
    assert not list((tmp_path / "tmp").glob("understudy-*"))


def wait_until(is_so: Callable[[], bool]) -> None:
    """Bounded: half a minute."""
    for _ in range(1500):
        if is_so():
            return
        time.sleep(0.02)
    raise AssertionError("it did not happen")
