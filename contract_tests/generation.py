"""Generation: how many requests Schemathesis makes of a contract, and that one seed always makes the same ones."""

from __future__ import annotations

import os
import random
from collections import Counter
from collections.abc import Container, Hashable, Sequence
from typing import Any

import hypothesis
import schemathesis
import schemathesis.generation
from hypothesis.internal.conjecture import providers
from hypothesis.internal.constants_ast import Constants
from schemathesis.config import SchemathesisConfig
from schemathesis.core.failures import AcceptedNegativeData
from schemathesis.core.parameters import ParameterLocation

from contract_tests.aim import Aim, aimed
from contract_tests.checks import stands_in
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

    @loaded.hook
    def filter_failure(context: Any, failure: Any, case: Any, response: Any) -> bool:
        return not (isinstance(failure, AcceptedNegativeData) and stands_in(response) and _excused(case, aim.ids))

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


def _excused(case: Any, ids: Container[str]) -> bool:
    """Whether a wrong request is wrong by ids alone, which a mock without a state cannot know, or by parameters that the
    contract does not name, which anyone may ignore.
    """
    data = case.meta.phase.data
    broken = [(each.parameter_location, each.parameter) for each in getattr(data, "mutations", ())]
    if not broken:
        pointer = (data.location or "").split("/")
        in_body = data.parameter_location == ParameterLocation.BODY and len(pointer) > 2
        broken = [(data.parameter_location, pointer[2] if in_body else data.parameter)]
    return all(name in ids or _unnamed(case, location, name) for location, name in broken)


def _unnamed(case: Any, location: Any, name: str | None) -> bool:
    if location not in (ParameterLocation.QUERY, ParameterLocation.HEADER, ParameterLocation.COOKIE):
        return False
    return name is None or name not in case.operation.get_parameter_set(location)


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
            },
            "checks": {"positive_data_acceptance": {"enabled": False}},
            "phases": {
                "examples": {"enabled": "examples" in phases, "fill-missing": True, **feedback},
                "coverage": {"enabled": "coverage" in phases, **feedback},
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
