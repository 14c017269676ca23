"""What commands are told: lengths of time, addresses."""

from __future__ import annotations

import click
import pytest

from mockserver.cli import options


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("90s", 90),
        ("2h30m", 9000),
        ("1d", 86400),
        ("1.5h", 5400),
        ("90", 90),
        ("0.25", 0.25),
        ("1d2h3m4s", 93784),
        ("0", 0),
        ("1d 2h", 93600),
    ],
)
def test_lengths_of_time_are_read_in_seconds(text: str, seconds: float) -> None:
    assert options.LENGTH.convert(text, None, None) == seconds


@pytest.mark.parametrize("text", ["", "-5s", "soon", "5w", "1e9", "inf", "nan", "5s now", "1..5h", "٣s"])
def test_what_is_no_length_of_time_is_told(text: str) -> None:
    with pytest.raises(click.BadParameter, match="is no length of time such as 90s or 2h30m"):
        options.LENGTH.convert(text, None, None)


@pytest.mark.parametrize(
    "text", ["notaurl", "ftp://x", "http://", "http://127.0.0.1:99999", "http://127.0.0.1:x", "http://[::1", "http://x:0"]
)
def test_what_is_no_address_is_told(text: str) -> None:
    with pytest.raises(click.BadParameter, match="is no URL such as"):
        options.url(click.Context(click.Command("x")), click.Option(["--url"]), text)
