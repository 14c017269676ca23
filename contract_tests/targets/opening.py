"""Opening: a chosen target made ready for a run. Only now somebody is asked, a mock is started, and secrets are read."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from contract_tests.deployment import CONTROL
from contract_tests.targets import mock
from contract_tests.targets.choice import choose
from contract_tests.targets.section import Section
from contract_tests.targets.target import MOCK, Capabilities, Target, TargetUnusable
from mockserver.data import MOUNTS

Opened = tuple[Target, tuple[str, ...]]


@contextmanager
def open_target(where: str, apis: Sequence[str], control_token: str | None, config: Path | None = None) -> Iterator[Opened]:
    """The target (see ``choice.choose``) and the APIs of the run: those asked for, or all that it has. ``control_token`` opens
    the control plane of a mock whose section names no token. TargetUnusable if the run cannot start.
    """
    section = choose(where, config)
    if section.own:
        with mock.own(apis) as (url, token):
            found = mock.Ready(tuple(apis) or tuple(MOUNTS), "default", 0)
            yield _mock(replace(section, target=mock.at(url, url, found)), found, apis, token)
        return
    found_there = mock.ready(section.asked) if section.asked is not None else None
    yield (
        _deployment(section, apis)
        if found_there is None
        else _mock(_known(section, found_there), found_there, apis, control_token)
    )


def _known(section: Section, found: mock.Ready) -> Section:
    """What was unknown turned out to be a mock."""
    name = section.target.name
    return replace(section, target=mock.at(name, name, found)) if section.unknown else section


def _mock(section: Section, found: mock.Ready, apis: Sequence[str], control_token: str | None) -> Opened:
    root = str(section.target.root)
    chosen = tuple(apis) or tuple(api for api in found.apis if api in section.target.bases)
    missing = [api for api in section.chosen(chosen) if api not in found.apis]
    if missing:
        raise TargetUnusable(f"The mock at {root} does not serve {', '.join(missing)}; it serves {', '.join(found.apis)}.")
    target = _controlled(section, section.opened(chosen), control_token)
    foreign = mock.casts(root, found.world, [api for api in chosen if api not in section.casts])
    drawn = 0 if target.capabilities.reset else found.drawn
    return replace(target, casts={**target.casts, **foreign}, drawn=drawn), chosen


def _deployment(section: Section, apis: Sequence[str]) -> Opened:
    if section.target.profile == MOCK:
        raise TargetUnusable(
            f"{section.target.name} has the profile mock, but what answers at {section.asked} is no mock (asked at "
            f"{CONTROL}/ready); give it the profile sandbox, staging or production."
        )
    chosen = section.chosen(apis)
    return _controlled(section, section.opened(chosen), None), chosen


def _controlled(section: Section, target: Target, control_token: str | None) -> Target:
    """The target with its control plane open, as far as there is one and the token is right."""
    token = section.control_token.read() if section.control_token is not None else control_token
    fits = mock.fitting(token, target.root, reset=target.capabilities.reset) if target.root is not None else None
    if fits is None and section.control_token is not None:
        raise TargetUnusable(f"{section.control_token.place}: {section.control_token.told()} does not open the control plane.")
    can = target.capabilities if fits is not None else Capabilities(webhooks=target.capabilities.webhooks)
    return replace(target, control_token=fits, capabilities=can)
