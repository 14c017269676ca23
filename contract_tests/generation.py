"""Generation: how many requests Schemathesis makes of a contract, and that one seed always makes the same ones."""

from __future__ import annotations

import os
import random
from collections import Counter
from collections.abc import Hashable, Sequence
from typing import Any

import hypothesis
import schemathesis
import schemathesis.generation
from hypothesis.internal.conjecture import providers
from hypothesis.internal.constants_ast import Constants
from schemathesis.config import SchemathesisConfig

from contract_tests.aim import Aim, aimed
from contract_tests.contracts import Spec
from contract_tests.sense import Sense

#: Generated requests for one kind of credential, shared out among the operations that it opens.
GENERATED = 1000
#: Of one operation: enough to vary it, not so many that it starves the rest.
FEWEST, MOST = 12, 80
STEPS = 8
#: Edges of a rule that stands deeper than this many steps of a JSON pointer are taken so often, where the last steps say which
#: rule it is.
DEEP, RULE, OF_A_DEEP_RULE = 9, 4, 1

#: What stands between the run and an API (proxies, gateways) carries these methods and the printable ASCII in header values;
#: what it makes of others says nothing about the API.
METHODS = ["get", "put", "post", "delete", "patch"]
UNPRINTABLE = "".join(map(chr, (*range(0x20), *range(0x7F, 0x100))))


def settle(seed: int) -> None:
    """Take from Hypothesis and Schemathesis what would differ between two runs of one seed. Once a process, before collecting."""
    hypothesis.settings.register_profile(
        "understudy",
        database=None,
        deadline=None,
        derandomize=False,
        print_blob=False,
        report_multiple_bugs=False,
        suppress_health_check=list(hypothesis.HealthCheck),
    )
    hypothesis.settings.load_profile("understudy")
    # Ids in the X-Schemathesis-TestCaseId header.
    schemathesis.generation.RANDOM.seed(seed)
    # Boundaries of multipart bodies and random UUIDs come from here; nothing in this process is a secret.
    os.urandom = random.Random(seed).randbytes  # noqa: S311
    random.seed(seed)
    # Hypothesis takes literals from the sources of imported modules: requests would change with this very file.
    nothing = Constants()
    providers._get_local_constants = lambda: nothing


def schema_of(spec: Spec, aim: Aim, base_url: str, seed: int, phases: Sequence[str], *, generated: int = FEWEST) -> Any:
    """The aimed contract as a Schemathesis schema; ``phases``: of examples, coverage, fuzzing; ``generated``: requests that
    fuzzing makes for each operation.
    """
    narrowed = aimed(spec, aim)
    loaded = schemathesis.openapi.from_dict(narrowed, config=_config(spec, aim, base_url, seed, phases, generated))
    seen: Counter[Hashable] = Counter()
    sense = Sense(narrowed)

    @loaded.hook
    def map_case(context: Any, case: Any) -> Any:
        return sense.make(case)

    @loaded.hook
    def filter_case(context: Any, case: Any) -> bool:
        rule = _deep_rule(case)
        if rule is not None:
            seen[rule] += 1
        return rule is None or seen[rule] <= OF_A_DEEP_RULE

    return loaded


def _deep_rule(case: Any) -> Hashable | None:
    """Which rule of the contract this edge case breaks, if it is one that nesting repeats: a body that holds bodies has thousands
    of edges, but few kinds of them. None for every other request.
    """
    data = case.meta.phase.data
    pointer = (getattr(data, "location", None) or "").split("/")
    if case.meta.phase.name != "coverage" or len(pointer) <= DEEP:
        return None
    return (case.operation.label, data.scenario, *pointer[-RULE:])


def budget(operation_count: int) -> int:
    """How many requests are generated for each of so many operations."""
    return max(FEWEST, min(MOST, GENERATED // max(1, operation_count)))


def _config(spec: Spec, aim: Aim, base_url: str, seed: int, phases: Sequence[str], generated: int) -> SchemathesisConfig:
    feedback = {"extra-data-sources": {"responses": False}}
    return SchemathesisConfig.from_dict(
        {
            "seed": seed,
            "base-url": base_url,
            "workers": 1,
            "request-timeout": 30,
            "suppress-health-check": ["all"],
            "warnings": False,
            "cache": {"enabled": False},
            "analysis": {"constants": {"enabled": False}},
            "auth": {"auto-signup": False, **_credentials(spec, aim)},
            "generation": {
                "mode": "all",
                "database": "none",
                "no-shrink": True,
                "max-examples": generated,
                "exclude-header-characters": UNPRINTABLE,
            },
            "checks": {"positive_data_acceptance": {"enabled": False}},
            "phases": {
                "examples": {"enabled": "examples" in phases, "fill-missing": True, **feedback},
                "coverage": {"enabled": "coverage" in phases, "unexpected-methods": METHODS, **feedback},
                "fuzzing": {"enabled": "fuzzing" in phases, "error-feedback": {"enabled": False}, **feedback},
                "stateful": {
                    "max-steps": STEPS,
                    # Wrong requests are conformance's; a story with half of its steps refused tells little.
                    "generation": {"mode": "positive"},
                    "inference": {"algorithms": []},
                    "link-calibration": False,
                },
            },
        }
    )


def _credentials(spec: Spec, aim: Aim) -> dict[str, Any]:
    """The secrets as Schemathesis' configuration takes them; one in the body is part of the aimed contract instead."""
    declared = spec["components"].get("securitySchemes", {})
    known = {
        scheme: {"api_key" if declared[scheme]["type"] == "apiKey" else "bearer": secret}
        for scheme, secret in aim.secrets.items()
        if scheme in declared
    }
    return {"openapi": known} if known else {}
