"""Aliases: a sandbox's own spelling of a credential."""

from __future__ import annotations

import pytest

from mockserver.engine.aliases import alias

SANDBOXES = [f"sandbox-{number}" for number in range(500)]


@pytest.mark.parametrize("credential", ["x", "pw1", "----", "acme", "correct-horse-7-lantern", "tf_live_0123456789abcdef"])
def test_no_two_sandboxes_have_the_same(credential: str) -> None:
    aliases = {alias(credential, sandbox) for sandbox in SANDBOXES}
    assert len(aliases) == len(SANDBOXES)
    assert credential not in aliases


def test_the_shape_stays() -> None:
    assert alias("sk_prod_Ab12Cd34Ef56Gh78", "one").startswith("sk_prod_Ab12")
    assert len(alias("sk_prod_Ab12Cd34Ef56Gh78", "one")) == len("sk_prod_Ab12Cd34Ef56Gh78")
    assert alias("acme", "one").startswith("acme")
