"""Multipart forms: written to disk in pieces, bounded, and gone unless somebody keeps them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from mockserver.exchange import Call, Reply, UploadedFile
from tests.serving.conftest import Toy

BOUNDARY = {"Content-Type": "multipart/form-data; boundary=B"}


def part(name: str, body: bytes, more: str = "") -> bytes:
    return f'--B\r\nContent-Disposition: form-data; name="{name}"{more}\r\n\r\n'.encode() + body + b"\r\n"


def files(toy: Toy) -> list[Path]:
    return list(Path(toy.uploads.folder).iterdir())


def test_fields_arrive_as_text_and_files_on_disk(toy: Toy) -> None:
    seen: dict[str, Any] = {}

    def send_file(call: Call, body: dict[str, Any]) -> Reply:
        file = body["file"]
        assert isinstance(file, UploadedFile)
        seen.update(key=body["key"], size=file.size, type=file.media_type, name=file.filename, held=Path(file.path).read_bytes())
        call.uploads.keep(file, "kept")
        return Reply()

    toy.operations.send_file = send_file
    reply = toy.rebuilt().request("POST", "/files", data={"key": "ä"}, files={"file": ("a.png", b"\x00\xff" * 2000, "image/png")})
    assert reply.status_code == 204
    assert seen == {"key": "ä", "size": 4000, "type": "image/png", "name": "a.png", "held": b"\x00\xff" * 2000}
    assert [path.name for path in files(toy)] == ["kept"]


def test_a_file_that_nobody_keeps_is_deleted(toy: Toy) -> None:
    reply = toy.request("POST", "/files", data={"key": "k"}, files={"file": b"x"})
    assert reply.status_code == 204
    assert files(toy) == []


@pytest.mark.parametrize(
    ("content", "headers", "status", "error"),
    [
        (part("key", b"k") + part("file", b"x" * 5000, '; filename="f"') + b"--B--\r\n", BOUNDARY, 204, None),
        (part("key", b"k") + part("file", b"x" * 5001, '; filename="f"') + b"--B--\r\n", BOUNDARY, 413, "too large"),
        (part("key", b"k" * 70_000) + b"--B--\r\n", BOUNDARY, 413, "too large"),
        (part("key", b"k") + b"--B--\r\n", BOUNDARY, 400, "body"),
        (part("file", b"x") + b"--B--\r\n", BOUNDARY, 400, "body"),
        (part("key", b"") + part("file", b"x") + b"--B--\r\n", BOUNDARY, 400, "body"),
        (part("key", b"k") + part("file", b"x"), BOUNDARY, 400, "not json"),
        (part("key", b"k") + part("key", b"k") + part("file", b"x") + b"--B--\r\n", BOUNDARY, 400, "not json"),
        (part("key", b"\xff") + part("file", b"x") + b"--B--\r\n", BOUNDARY, 400, "not json"),
        (b"nonsense", BOUNDARY, 400, "not json"),
        (b"", BOUNDARY, 400, "not json"),
        (b"x", {"Content-Type": "multipart/form-data"}, 400, "not json"),
        (b"{}", {"Content-Type": "application/json"}, 400, "media type"),
        (part("key", b"k") * 200, BOUNDARY, 400, "not json"),
        (b"".join(part(f"k{n}", b"k") for n in range(200)), BOUNDARY, 413, "too large"),
    ],
)
def test_bad_forms_are_refused_and_leave_no_file(toy: Toy, content: bytes, headers: Any, status: int, error: str) -> None:
    reply = toy.request("POST", "/files", content=content, headers=headers)
    assert reply.status_code == status
    assert not error or reply.json() == {"error": error}
    assert files(toy) == []


def test_a_refusal_of_the_function_leaves_no_file(toy: Toy) -> None:
    def send_file(call: Call, body: dict[str, Any]) -> Reply:
        raise RuntimeError

    toy.operations.send_file = send_file
    assert toy.rebuilt().request("POST", "/files", data={"key": "k"}, files={"file": b"x"}).status_code == 500
    assert files(toy) == []


@pytest.mark.parametrize("headers", [{}, {"Range": "bytes=0-1"}, {"Range": "bytes=99-"}, {"Range": "nonsense"}])
def test_a_file_leaves_whole_and_harmless(toy: Toy, headers: dict[str, str]) -> None:
    Path(toy.uploads.path("kept")).write_bytes(b"<script>")
    reply = toy.request("GET", "/files/kept", headers=headers)
    assert (reply.status_code, reply.content) == (200, b"<script>")
    assert (reply.headers["Content-Type"], reply.headers["X-Content-Type-Options"]) == ("text/html", "nosniff")
    assert "Accept-Ranges" not in reply.headers
