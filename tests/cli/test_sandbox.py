"""``understudy sandbox`` and ``credentials --sandbox``: isolated copies of a world at the prompt."""

from __future__ import annotations

import json
from pathlib import Path

import httpx
import pytest

from mockserver.data import MOUNTS
from tests.cli.conftest import Command
from tests.conftest import RunningMock

pytestmark = pytest.mark.usefixtures("alone")


def test_a_sandbox_is_made_shown_listed_and_dropped(understudy: Command, mock: RunningMock) -> None:
    made = understudy("sandbox", "create", "prompt-1", "--now", "2026-02-13T12:00:00Z", "--seed", "7")
    assert made.returncode == 0, made.stderr
    _, line, *rest = made.stdout.splitlines()
    assert line.split() == ["prompt-1", "default", "7", "2026-02-13T12:00:00.000000Z", "frozen", "0s", "/~prompt-1"]
    assert [row.split() for row in rest if row.startswith("bird")] == [["bird", f"{mock.url}/~prompt-1/bird"]]
    assert rest[-1].endswith("understudy credentials --sandbox prompt-1")
    shown, itself = (json.loads(understudy("sandbox", "show", name, "--json").stdout) for name in ("prompt-1", "default"))
    assert (shown["path"], itself["path"]) == ("/~prompt-1", "")
    assert "prompt-1" in understudy("sandbox", "show", "prompt-1").stdout
    listed = understudy("sandbox", "list").stdout.splitlines()
    assert [row.split()[0] for row in listed] == ["sandbox", "default", "prompt-1"]
    assert understudy("sandbox", "drop", "prompt-1").returncode == 0
    gone = understudy("sandbox", "show", "prompt-1")
    assert (gone.returncode, gone.stderr.count("\n")) == (2, 1)


def test_one_without_a_name_gets_one_and_several_are_dropped_at_once(understudy: Command) -> None:
    names = [json.loads(understudy("sandbox", "create", "--json").stdout)["name"] for _ in range(2)]
    assert len(set(names)) == 2
    assert understudy("sandbox", "drop", *names).returncode == 0
    assert [one["name"] for one in json.loads(understudy("sandbox", "list", "--json").stdout)["sandboxes"]] == ["default"]


def test_reset_brings_one_sandbox_back_and_makes_none(understudy: Command, mock: RunningMock) -> None:
    understudy("sandbox", "create", "prompt-2")
    understudy("clock", "freeze", "2026-02-13T12:00:00Z", "--sandbox", "prompt-2")
    assert understudy("clock", "show", "--sandbox", "prompt-2").stdout == "2026-02-13T12:00:00.000000Z frozen\n"
    assert understudy("clock", "show").stdout.endswith("running\n")
    assert understudy("sandbox", "reset", "prompt-2").returncode == 0
    assert understudy("clock", "show", "--sandbox", "prompt-2").stdout.endswith("running\n")
    assert understudy("sandbox", "reset", "prompt-3").returncode == 2
    assert mock.app.sandboxes.find("prompt-3") is None


def test_credentials_of_a_sandbox_lead_to_it_by_themselves(understudy: Command, mock: RunningMock) -> None:
    understudy("sandbox", "create", "prompt-4")
    told = json.loads(understudy("credentials", "--sandbox", "prompt-4", "--format", "json").stdout)
    assert list(told) == list(MOUNTS)
    own = told["restlink"]["owner"]["api_keys"]["16"]
    assert own != mock.cast("restlink")["owner"]["api_keys"]["16"]
    sms = {"to": ["+14155551234"], "message": "only there", "sender_id": "MyApp"}
    base = told["restlink"]["base_url"]
    assert base == mock.base("restlink")
    httpx.post(f"{base}/sms/send", headers={"X-API-Key": own}, json=sms).raise_for_status()
    assert understudy("journal", "count", "--sandbox", "prompt-4").stdout == "1\n"
    one = understudy("credentials", "bird", "--sandbox", "prompt-4", "--format", "env").stdout
    assert {line.split("_")[0] for line in one.splitlines()} == {"BIRD"}


def test_an_export_is_a_world_that_is_checked_and_imported(understudy: Command, tmp_path: Path) -> None:
    understudy("sandbox", "create", "prompt-5", "--now", "2026-02-13T12:00:00Z", "--world", "empty")
    folder = tmp_path / "taken" / "home"
    exported = understudy("sandbox", "export", "prompt-5", str(folder))
    assert exported.returncode == 0, exported.stderr
    files = sorted(path.name for path in folder.iterdir())
    assert files == sorted([*(f"{api}.yaml" for api in MOUNTS), "sandbox.yaml"])
    assert sorted(exported.stdout.splitlines()) == [f"wrote {folder / name}" for name in files]
    assert understudy("world", "check", str(folder)).returncode == 0
    for words in (["import", str(folder), "--name", "prompt-6"], ["create", "prompt-7", "--world", str(folder)]):
        made = understudy("sandbox", *words)
        assert made.returncode == 0, made.stderr
        assert "2026-02-13T12:00:00.000000Z  frozen" in made.stdout
        again = tmp_path / words[0]
        understudy("sandbox", "export", made.stdout.splitlines()[1].split()[0], str(again))
        assert {path.name: path.read_bytes() for path in again.iterdir()} == {
            path.name: path.read_bytes() for path in folder.iterdir()
        }


def test_an_export_writes_over_nothing_unless_it_shall(understudy: Command, tmp_path: Path) -> None:
    understudy("sandbox", "create", "prompt-8")
    (tmp_path / "bird.yaml").write_text("mine")
    refused = understudy("sandbox", "export", "prompt-8", str(tmp_path))
    assert (refused.returncode, [path.name for path in tmp_path.iterdir()]) == (2, ["bird.yaml"])
    assert f"{tmp_path}/bird.yaml is there already" in refused.stderr
    assert understudy("sandbox", "export", "prompt-8", str(tmp_path), "--replace").returncode == 0
    assert (tmp_path / "bird.yaml").read_text() != "mine"


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["sandbox", "create", "No Name"], "understudy: "),
        (["sandbox", "create", "default"], "understudy: "),
        (["sandbox", "create", "x", "--world", "nowhere"], "nowhere"),
        (["sandbox", "create", "x", "--world", "./nowhere"], "is no folder of a world"),
        (["sandbox", "show", "../clock"], "understudy: "),
        (["sandbox", "drop"], "Missing argument 'NAME...'"),
        (["sandbox", "drop", "nobody"], "understudy: "),
        (["sandbox", "import", "."], "is no folder of a world"),
        (["sandbox", "import", "nowhere"], "does not exist"),
        (["sandbox", "export", "default", "/dev/null/x"], "/dev/null"),
        (["credentials", "--sandbox", "nobody"], "understudy: "),
        (["credentials", "--sandbox", "default", "--world", "default"], "--world is for worlds without a mock"),
        (["credentials", "--sandbox", "default", "--now", "2026-02-13T12:00:00Z"], "--now is for worlds without a mock"),
    ],
)
def test_mistakes_end_with_2_and_one_clear_line(
    understudy: Command, mock: RunningMock, tmp_path: Path, words: list[str], message: str
) -> None:
    at = ["--url", mock.url] if words[0] == "credentials" else []
    ended = understudy(*words, *at, cwd=tmp_path)
    assert (ended.returncode, ended.stdout, ended.stderr.count("\n")) == (2, "", 1), ended.stderr
    assert message in ended.stderr
    assert mock.app.sandboxes.find("nobody") is None


def test_a_folder_that_cannot_be_read_and_a_world_with_mistakes_are_told(understudy: Command, tmp_path: Path) -> None:
    (tmp_path / "bird.yaml").write_bytes(b"\xff")
    unreadable = understudy("sandbox", "import", str(tmp_path))
    assert (unreadable.returncode, unreadable.stdout) == (2, "")
    assert f"{tmp_path} cannot be read" in unreadable.stderr
    (tmp_path / "bird.yaml").write_text("cast: 1\n")
    wrong = understudy("sandbox", "import", str(tmp_path))
    assert (wrong.returncode, wrong.stdout) == (2, "")
    # Each mistake in a line of its own.
    assert [line for line in wrong.stderr.splitlines() if "bird.yaml:1: /cast: must be of type object" in line]
    assert len(wrong.stderr.splitlines()) > 5
