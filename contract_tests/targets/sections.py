"""Sections: each table of ``understudy.toml`` as a target, held against what its profile and its contracts allow."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from contract_tests import contracts, credentials
from contract_tests.deployment import CONTROL
from contract_tests.targets import file
from contract_tests.targets.permission import alters
from contract_tests.targets.secret import Secret
from contract_tests.targets.section import Section
from contract_tests.targets.target import LIMITS, MOCK, PRODUCTION, STAGING, Capabilities, Target, TargetUnusable, Webhooks
from mockserver.data import MOUNTS, load_spec


def read(config: Path | None) -> dict[str, Section]:
    """The targets of the file by their names. TargetUnusable tells the first mistake in one line."""
    path, targets = file.read(config)
    return {name: _section(f"{path}: targets.{name}", name, said) for name, said in targets.items()}


def _section(place: str, name: str, said: Mapping[str, Any]) -> Section:
    profile = said["profile"]
    target = Target(
        name,
        _bases(place, said),
        {},
        profile,
        _root(place, said),
        capabilities=_capabilities(place, said),
        limits=replace(LIMITS[profile], **said.get("limits", {})),
        recipients={kind: tuple(named) for kind, named in said.get("recipients", {}).items()},
        changes=frozenset(said.get("changes", ())),
        hosts=tuple(said.get("hosts", ())),
    )
    _limits_are_sound(place, target)
    _changes_are_sound(place, target)
    casts = {api: _secrets(f"{place}.apis.{api}.cast", api, each.get("cast", {})) for api, each in said.get("apis", {}).items()}
    token = Secret(f"{place}.control_token", **_origin(said["control_token"])) if "control_token" in said else None
    return Section(target, casts, said.get("root"), token, asked=target.root if profile == MOCK else None)


def _bases(place: str, said: Mapping[str, Any]) -> dict[str, str]:
    apis, root = said.get("apis", {}), said.get("root")
    bases = {}
    for api in [api for api in MOUNTS if api in apis] or (MOUNTS if root is not None else ()):
        base = apis.get(api, {}).get("base_url") or (root and root.rstrip("/") + MOUNTS[api])
        if base is None:
            raise TargetUnusable(f"{place}.apis.{api}: base_url is missing, and {place.rpartition('.')[2]} has no root.")
        bases[api] = base.rstrip("/")
    if not bases:
        raise TargetUnusable(f"{place}: where it stands is missing; write root, or base_url under apis.<api>.")
    return bases


def _root(place: str, said: Mapping[str, Any]) -> str | None:
    """Where its control plane stands, if anything is said of it."""
    if "control_url" in said:
        url = str(said["control_url"]).rstrip("/")
        if not url.endswith(CONTROL):
            raise TargetUnusable(f"{place}.control_url must end with {CONTROL}.")
        return url.removesuffix(CONTROL)
    if said["profile"] != MOCK:
        return None
    if "root" not in said:
        raise TargetUnusable(f"{place}: a mock is known by its control plane; write root, or control_url.")
    return str(said["root"]).rstrip("/")


def _capabilities(place: str, said: Mapping[str, Any]) -> Capabilities:
    mock = said["profile"] == MOCK
    for name in ("reset", "clock"):
        if said.get(name) and not mock and not {"control_url", "control_token"} <= said.keys():
            raise TargetUnusable(f"{place}.{name} needs a control plane; write control_url and control_token too.")
    if said.get("reset") and said["profile"] == PRODUCTION:
        raise TargetUnusable(f"{place}.reset: production is only read; leave it out.")
    webhooks = Webhooks(**said["webhooks"]) if "webhooks" in said else None
    return Capabilities(said.get("reset", mock), said.get("clock", mock), webhooks)


def _limits_are_sound(place: str, target: Target) -> None:
    limits = target.limits
    spent = next((name for name in ("messages", "cost") if target.profile == PRODUCTION and asdict(limits)[name] != 0), None)
    if spent is not None:
        raise TargetUnusable(f"{place}.limits.{spent}: nothing is sent in production; leave it out.")
    if limits.cost and limits.price_per_message is None:
        raise TargetUnusable(f"{place}.limits.cost cannot be kept without a price; write price_per_message too.")


def _changes_are_sound(place: str, target: Target) -> None:
    if target.changes and target.profile == PRODUCTION:
        raise TargetUnusable(f"{place}.changes: production is only read; leave it out.")
    known = {operation["operationId"]: operation for api in target.bases for _, operation in contracts.operations(load_spec(api))}
    for name in sorted(target.changes):
        if name not in known:
            raise TargetUnusable(f"{place}.changes: {name!r} is no operation of {', '.join(target.bases)}.")
        if target.profile == STAGING and alters(known[name]) and "x-destructive" in known[name]:
            raise TargetUnusable(f"{place}.changes: what {name} destroys cannot be got back; in staging it is left alone.")


def _secrets(place: str, api: str, said: Any, steps: tuple[str, ...] = ()) -> Any:
    """The cast with its secrets known as such; the first step is the actor."""
    if not isinstance(said, Mapping):
        return said
    where = ".".join((place, *steps))
    if credentials.is_secret(api, steps[1:]):
        return Secret(where, **_origin(said))
    return {key: _secrets(place, api, value, (*steps, key)) for key, value in said.items()}


def _origin(said: Mapping[str, Any]) -> dict[str, Any]:
    return {key: tuple(value) if key == "command" else value for key, value in said.items()}
