"""Attempts: how each identity asks, and what it would have asked of something that does not exist."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from contract_tests import credentials
from contract_tests.tenants.asking import Asked
from contract_tests.tenants.knowledge import Inside, Lapsed
from contract_tests.tenants.stage import Stage
from contract_tests.tenants.things import SHARED, SIBLING, Things, absent


@dataclass(frozen=True)
class Attempt:
    """One request of an identity. ``how``: in words, where the id or the credential stands; ``nowhere``: the same about what does
    not exist, if the contract has the same words for both; ``later``: seconds until it is sent; ``as_whom``: whose own things may
    show.
    """

    how: str
    asked: Asked
    nowhere: Asked | None = None
    later: float = 0.0
    as_whom: Things | None = None


Recipe = Callable[[Stage], Iterator[Attempt]]


def by_owner(operation_id: str, scheme: str) -> Recipe:
    """The request that is right."""

    def recipe(stage: Stage) -> Iterator[Attempt]:
        owner = stage.things()
        yield Attempt("its own ids", stage.by(stage.right(operation_id, owner), scheme, owner))

    return recipe


def by_stranger(operation_id: str, scheme: str, alike: str | None, *, served: bool) -> Recipe:
    """A foreign credential with the owner's ids. ``alike``: the id that decides."""

    def recipe(stage: Stage) -> Iterator[Attempt]:
        owner, stranger = stage.things(), stage.things("stranger")
        asked = stage.right(operation_id, owner, filler=stranger if served else owner)
        nowhere = _nowhere(stage, asked, alike)
        yield Attempt(
            "the owner's ids",
            stage.by(asked, scheme, stranger),
            stage.by(nowhere, scheme, stranger) if nowhere else None,
            as_whom=stranger,
        )

    return recipe


def _nowhere(stage: Stage, asked: Asked, name: str | None) -> Asked | None:
    """The same about something that does not exist."""
    where = asked.where(name) if name is not None else None
    if name is None or where is None:
        return None
    held: Any = asked.headers if where == "header" else getattr(asked, where)
    return asked.placing(where, name, absent(held[name], stage.api.random))


def by_sibling(operation_id: str, scheme: str, home: str, alike: str | None) -> Recipe:
    """The owner's ids in another workspace of the owner, which is chosen by an id or by the credential."""

    def recipe(stage: Stage) -> Iterator[Attempt]:
        actor = stage.knowledge.sibling_actor
        own, elsewhere = stage.things(actor), stage.things(actor, SIBLING)
        asked = stage.right(operation_id, own, filler=elsewhere)
        where = asked.where(home)
        if scheme not in stage.knowledge.sibling_secret and where is not None:
            asked = asked.placing(where, home, elsewhere(home))
        nowhere = _nowhere(stage, asked, alike)
        yield Attempt(
            "ids of another workspace of its own",
            stage.by(asked, scheme, elsewhere),
            stage.by(nowhere, scheme, elsewhere) if nowhere else None,
            as_whom=elsewhere,
        )

    return recipe


def lapsed(operation_id: str, each: Lapsed) -> Recipe:
    """The right request with a credential that is good no more, or not for this."""

    def recipe(stage: Stage) -> Iterator[Attempt]:
        owner = stage.things()
        asked = stage.named(stage.right(operation_id, owner).by(stage.spec, each.scheme, each.secret(owner)), owner)
        for name, value in each.headers(owner).items():
            asked = asked.placing("header", name, value)
        yield Attempt(f"the owner's ids, the credential by {each.scheme}", asked, later=each.later)

    return recipe


def without_credential(operation_id: str) -> Recipe:
    """The right request by nobody."""

    def recipe(stage: Stage) -> Iterator[Attempt]:
        owner = stage.things()
        yield Attempt("the owner's ids, no credential", stage.named(stage.right(operation_id, owner), owner))

    return recipe


def malformed(operation_id: str, scheme: str) -> Recipe:
    """The right request with what is no credential."""

    def recipe(stage: Stage) -> Iterator[Attempt]:
        owner = stage.things()
        asked = stage.named(stage.right(operation_id, owner), owner)
        for how, secret in wrong_spellings(credentials.secret(stage.api.name, scheme, owner.cast)).items():
            yield Attempt(f"the owner's ids, {how} by {scheme}", asked.by(stage.spec, scheme, secret))

    return recipe


def wrong_spellings(secret: str) -> dict[str, str]:
    """What a credential is not, by how it was made of a good one."""
    return {
        "the credential and one character": secret + "x",
        "the credential without its end": secret[:-1],
        "the credential in the other case": secret[:-8] + secret[-8:].swapcase() + "Zz",
        "the credential backwards": secret[::-1],
        "the credential twice": f"{secret},{secret}",
        "a word": "null",
        "a dot": ".",
    }


def of_another_api(operation_id: str, scheme: str) -> Recipe:
    """The right request with what opens another API of the target, or looks as if."""

    def recipe(stage: Stage) -> Iterator[Attempt]:
        owner = stage.things()
        asked = stage.named(stage.right(operation_id, owner), owner)
        for how, secret in foreign_secrets(stage).items():
            yield Attempt(f"the owner's ids, {how} by {scheme}", asked.by(stage.spec, scheme, secret))

    return recipe


def foreign_secrets(stage: Stage) -> dict[str, str]:
    """Credentials of the other APIs; in their shape only, where this run knows none."""
    found = {}
    for api, schemes in credentials.SECRETS.items():
        if api != stage.api.name:
            scheme = next(iter(schemes))
            owner = stage.api.deployment.casts.get(api, {}).get("owner")
            secret = (
                credentials.secret(api, scheme, owner) if owner else _shaped(api, f"{stage.api.random.getrandbits(128):032x}")
            )
            found[f"{api}'s {scheme}"] = secret.removeprefix("AccessKey ")
    return found


def _shaped(api: str, digits: str) -> str:
    shapes = {
        "restlink": "eyJhbGciOiJIUzI1NiJ9.e30.",
        "tofrom": "tf_live_",
        "xpressbot": "xb_live_",
        "bird": "",
        "timelines": "e30.e30.",
    }
    return shapes[api] + digits


def with_foreign_id(operation_id: str, scheme: str, name: str, where: str, *, alike: bool) -> Recipe:
    """The owner's credential with one id of a stranger's among the owner's."""

    def recipe(stage: Stage) -> Iterator[Attempt]:
        owner, stranger = stage.things(), stage.things("stranger")
        own = stage.by(stage.right(operation_id, owner), scheme, owner)
        standing = own.where(name)
        if standing is not None and standing != where:
            own = own.placing(standing, name, None)
        asked = own.placing(where, name, stranger(name))
        nowhere = own.placing(where, name, absent(stranger(name), stage.api.random)) if alike else None
        yield Attempt(f"the stranger's {name} in the {where}", asked, nowhere)

    return recipe


def by_member(operation_id: str, scheme: str) -> Recipe:
    """Who may look at the workspace, and no more."""

    def recipe(stage: Stage) -> Iterator[Attempt]:
        shared = stage.things("owner", SHARED)
        asked = stage.right(operation_id, shared)
        yield Attempt("ids of a workspace that it was invited to", stage.by(asked, scheme, stage.things("stranger")))

    return recipe


def inside(each: Inside, scheme: str | None, *, foreign: bool) -> Recipe:
    """An id within the body: the owner's own, or a stranger's."""

    def recipe(stage: Stage) -> Iterator[Attempt]:
        owner = stage.things()
        value = each.value(stage.things("stranger") if foreign else owner)

        def ask(named: Any) -> Asked:
            return stage.by(stage.right(each.operation_id, owner, each.body(owner, named)), scheme, owner)

        nowhere = ask(absent(value, stage.api.random)) if foreign and each.wall.alike else None
        yield Attempt(f"{'a stranger' if foreign else 'the owner'}'s {each.name} in the body", ask(value), nowhere)

    return recipe
