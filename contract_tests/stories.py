"""Stories: requests that follow each other over the links of a contract; collected by pytest within a run.

Schemathesis' state machine draws them: what one reply names, the next request asks for.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import hypothesis
from hypothesis.errors import Flaky
from schemathesis.checks import CHECKS, load_all_checks
from schemathesis.core.failures import FailureGroup
from schemathesis.generation import derive_operation_seed
from schemathesis.specs.openapi import stateful

from contract_tests import checks, credentials, generation
from contract_tests.aim import Aim, Plan, plan_all, schemes, without
from contract_tests.contracts import operations, resolve
from contract_tests.run import cast, connection, current, spec
from contract_tests.wire import evidence, is_refusal

#: The first scenarios of a turn are the simplest, all alike; many short turns begin in more places than a long one.
TURNS, SCENARIOS = 10, 5

load_all_checks()
_ignored_auth = CHECKS.get_one("ignored_auth")


def _root(operation: Any, node: Any, produced_anywhere: Any) -> bool:
    """Whether a story may begin with the operation. Schemathesis guesses which ones work with invented ids; here it is known."""
    return operation.method != "delete" and all("enum" in each.definition["schema"] for each in operation.path_parameters)


stateful.is_likely_root_transition = _root


def _plans(api: str) -> dict[str, Plan]:
    """Every operation by one kind of credential and, where that is not taken, by another; each different way once."""
    ways: dict[str, Plan] = {}
    for scheme in schemes(spec(api)):
        plan = without(spec(api), plan_all(spec(api), scheme), credentials.ENDING.get(api, ()))
        if plan not in ways.values():
            ways[scheme] = plan
    return ways


def _linked(api: str) -> bool:
    responses = (resolve(spec(api), reply) for _, operation in operations(spec(api)) for reply in operation["responses"].values())
    return any(response.get("links") for response in responses)


def _machine(api: str, plan: Plan) -> Any:
    owner = cast(api)["owner"]
    secrets = {scheme: credentials.secret(api, scheme, owner) for scheme in plan.values() if scheme is not None}
    ids = credentials.tenant_ids(api, owner) | credentials.caller_ids(api, owner)
    schema = generation.schema_of(
        spec(api), Aim(plan, secrets, ids), current().deployment.base_url(api), current().seed, ("fuzzing",)
    )

    class Story(schema.as_state_machine()):  # type: ignore[misc]
        found: BaseException | None = None

        def setup(self) -> None:
            evidence.again()
            current().deployment.reset()

        def before_call(self, case: Any) -> None:
            # A number that a link puts into a header stays one, which no HTTP client sends.
            case.headers.update({name: str(value) for name, value in case.headers.items() if isinstance(value, int)})

        def get_call_kwargs(self, case: Any) -> dict[str, Any]:
            return {"session": connection()}

        def step(self, input: Any) -> Any:
            try:
                output = super().step(input)
                self._expect_found(input, output.response)
            except (FailureGroup, AssertionError) as problem:
                type(self).found = problem
                raise
            return output

        def validate_response(self, response: Any, case: Any, additional_checks: Any = None, **kwargs: Any) -> None:
            if is_refusal(response):
                return
            case.validate_response(
                response, excluded_checks=[_ignored_auth], transport_kwargs=kwargs or None, recorder=self.recorder
            )

        def _expect_found(self, input: Any, response: Any) -> None:
            """What a reply led to can be read, unless a request of this story removed something."""
            if (
                response.status_code not in (403, 404, 410)
                or input.case.method != "GET"
                or is_refusal(response)
                or not _followed(input)
                or self._removed()
            ):
                return
            raise AssertionError(f"{response.status_code} for what an earlier reply led to by its link {input.transition.id}")

        def _removed(self) -> bool:
            done = ((node.value, self.recorder.find_response(case_id=name)) for name, node in self.recorder.cases.items())
            return any(case.method.upper() == "DELETE" and reply is not None and reply.status_code < 300 for case, reply in done)

    return Story


def _followed(input: Any) -> bool:
    """Whether all that the link says was taken from the reply; a request that is half made up may well lead nowhere."""
    if input.transition is None or not input.case.meta.generation.mode.is_positive:
        return False
    said = {(container, name) for container, named in input.transition.parameters.items() for name in named}
    taken = {(location.container_name, name) for location, name in input.applied_parameters}
    return bool(said) and said <= taken


def _story(api: str, scheme: str, plan: Plan) -> Callable[[], None]:
    def test() -> None:
        machine = _machine(api, plan)
        for turn in range(TURNS):
            _tell(machine, derive_operation_seed(current().seed, f"{api} by {scheme}, {turn}") or 0)

    return test


def _tell(machine: Any, seed: int) -> None:
    """Some scenarios, or as many as can be told: where no reset is possible the same steps lead elsewhere the second time, which
    Hypothesis does not bear and which says nothing about the API.
    """
    machine = hypothesis.seed(seed)(machine)
    machine.rule_order_seed = seed
    settings = hypothesis.settings(
        max_examples=SCENARIOS, stateful_step_count=generation.STEPS, phases=[hypothesis.Phase.generate]
    )
    try:
        machine.run(settings=settings)
    except Flaky:
        if machine.found is not None:
            raise machine.found from None
        if current().deployment.resets:
            raise


for _api in current().apis:
    checks.register(spec(_api))
    if _linked(_api):
        for _scheme, _plan in _plans(_api).items():
            globals()[f"test_{_api}_by_{_scheme}"] = _story(_api, _scheme, _plan)
