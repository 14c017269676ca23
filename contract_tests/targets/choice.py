"""Choice: which target ``--target`` means. Nothing is sent and no secret is read to find out."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

from contract_tests.targets import file, sections
from contract_tests.targets.section import Section
from contract_tests.targets.target import LIMITS, MOCK, PRODUCTION, Capabilities, Target, TargetUnusable
from mockserver.data import MOUNTS

#: In place of a name or a URL: start a mock on a free port of the loopback interface.
OWN = "mock"
_LOOPBACK = ("127.0.0.1", "localhost", "::1")
_NEITHER = f"The target is neither '{OWN}' nor a name nor a URL such as http://127.0.0.1:4010"
_PORTS = {"http": 80, "https": 443}


def choose(where: str, config: Path | None = None) -> Section:
    """``where``: ``mock``, the name of a target in the file, a URL that one of them stands under, or any other URL, which is
    unknown: it is only read, unless it turns out to be a mock on this machine. TargetUnusable if it is none of these.
    """
    if where == OWN:
        return own()
    known = sections.read(config)
    if where in known:
        return known[where]
    if "//" not in where:
        raise TargetUnusable(_no_such(where, known, config))
    place = _place(where)
    fitting = [section for section in known.values() if place in _places(section)]
    if len(fitting) > 1:
        names = ", ".join(section.target.name for section in fitting)
        raise TargetUnusable(f"More than one target stands under that URL; name one of {names}.")
    return fitting[0] if fitting else _unknown(where.rstrip("/"))


def own() -> Section:
    """A mock that is yet to be started."""
    bases = {api: f"http://127.0.0.1:(a free port){mount}" for api, mount in MOUNTS.items()}
    return Section(Target(OWN, bases, {}, MOCK, capabilities=Capabilities(True, True), limits=LIMITS[MOCK]), own=True)


def _unknown(url: str) -> Section:
    target = Target(url, {api: url + mount for api, mount in MOUNTS.items()}, {}, PRODUCTION, limits=LIMITS[PRODUCTION])
    return Section(target, asked=url if urlsplit(url).hostname in _LOOPBACK else None, unknown=True)


def _no_such(where: str, known: Mapping[str, Section], config: Path | None) -> str:
    said = f"{config or file.NAME} names {', '.join(known)}" if known else f"no target is named in {config or file.NAME}"
    return f"The target {where!r} is neither '{OWN}', nor a name ({said}), nor a URL such as http://127.0.0.1:4010."


def _place(url: str) -> tuple[str, str, int | None, str]:
    """One spelling for each URL."""
    try:
        parts = urlsplit(url)
        port = parts.port or _PORTS.get(parts.scheme)
    except ValueError:
        raise TargetUnusable(f"{_NEITHER}.") from None
    if parts.scheme not in _PORTS or not parts.hostname:
        raise TargetUnusable(f"{_NEITHER}: {_shown(url)!r}.")
    if parts.username is not None or parts.query or parts.fragment:
        raise TargetUnusable(f"The target's URL must have no user, query or fragment: {_shown(url)!r}.")
    return parts.scheme, parts.hostname.lower(), port, parts.path.rstrip("/")


def _shown(url: str) -> str:
    """A URL without what may be a password."""
    return f"{url.partition('//')[0]}//{url.rpartition('@')[2].partition('?')[0]}" if "@" in url else url.partition("?")[0]


def _places(section: Section) -> set[tuple[str, str, int | None, str]]:
    return {_place(url) for url in (section.stands, *section.target.bases.values()) if url is not None}
