"""Conformance: every operation, by every kind of credential, keeps its contract; collected by pytest within a run.

Schemathesis turns each marked function into one test for each operation.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from itertools import count
from typing import Any

from schemathesis.checks import CHECKS, load_all_checks

from contract_tests import checks, credentials, generation
from contract_tests.aim import Aim, Plan, accepted, names, plan_for, schemes, without
from contract_tests.contracts import operations
from contract_tests.run import cast, collected, connection, current, spec
from contract_tests.wire import evidence, is_about_another, is_refusal

load_all_checks()
_ignored_auth = CHECKS.get_one("ignored_auth")
#: What they would judge is the recipient that was asked for, not the one that the gate put in its place.
_of_the_recipient = CHECKS.get_by_names(["negative_data_rejection", "positive_data_acceptance"])


#: Requests after which a mock is put back to its opening state: no quota or balance runs out, so a "no" is about the request.
FRESH_AFTER = 80
_requests = count(1)


def _keep_fresh() -> None:
    if next(_requests) % FRESH_AFTER == 0:
        current().deployment.reset()


def _plan(api: str, scheme: str | None) -> Plan:
    """What the scheme opens; what ends the credential only where a reset gives it back."""
    plan = plan_for(spec(api), scheme)
    return plan if current().deployment.resets else without(spec(api), plan, credentials.ENDING.get(api, ()))


def _own_ids(api: str) -> dict[str, list[Any]]:
    owner = cast(api)["owner"]
    return credentials.tenant_ids(api, owner) | credentials.caller_ids(api, owner)


def _aim(api: str, scheme: str | None, plan: Plan, ids: Mapping[str, Sequence[Any]], *, insist: bool = False) -> Aim:
    secrets = {scheme: credentials.secret(api, scheme, cast(api)["owner"])} if scheme is not None else {}
    return Aim(plan, secrets, ids, insist=insist)


def _schema(api: str, aim: Aim, phases: Sequence[str], generated: int = generation.FEWEST) -> Any:
    return generation.schema_of(spec(api), aim, current().deployment.base_url(api), current().seed, phases, generated=generated)


def _called(case: Any, excluded: list[Any]) -> Any:
    """The reply, which keeps the contract; or the gate's refusal, which proves nothing."""
    evidence.again()
    response = case.call(session=connection())
    if not is_refusal(response):
        known = [*excluded, *_of_the_recipient] if is_about_another(response) else excluded
        case.validate_response(response, excluded_checks=known, transport_kwargs={"session": connection()})
    return response


def _conforms(api: str, scheme: str | None) -> Callable[..., Any]:
    """Examples, edges and generated requests, the owner's; right ones are served and wrong ones refused as documented."""
    plan = _plan(api, scheme)
    aim = _aim(api, scheme, plan, _own_ids(api))
    if _asks_its_own_way(api, scheme):
        schema = _schema(api, aim, ("examples", "coverage", "fuzzing"), generation.budget(len(plan)))
    else:
        schema = _schema(api, aim, ("examples", "fuzzing"))
    locked: set[str] = set()
    ending = {str(place) for place in plan.keys() - without(spec(api), plan, credentials.ENDING.get(api, ())).keys()}

    @schema.parametrize()  # type: ignore[untyped-decorator]
    def test(case: Any) -> None:
        # Two more requests see whether the credential is needed: not for each request of an operation, once it is proven.
        _keep_fresh()
        known = [_ignored_auth] if case.operation.label in locked else []
        response = _called(case, known)
        if response.status_code < 300 and case.meta.generation.mode.is_positive:
            locked.add(case.operation.label)
        if response.status_code < 300 and case.operation.label in ending:
            current().deployment.reset()

    return test  # type: ignore[no-any-return]


def _asks_its_own_way(api: str, scheme: str | None) -> bool:
    """Whether requests by this scheme differ in more than the credential from those by the first that opens the operations.

    Only then do they have edges that have not been tried.
    """
    for place, operation in operations(spec(api)):
        first = next(iter(accepted(spec(api), operation)), None)
        if place in plan_for(spec(api), scheme) and (
            scheme == first or names(spec(api), operation, scheme) != names(spec(api), operation, first)
        ):
            return True
    return False


def _keeps_strangers_out(api: str, scheme: str, name: str, plan: Plan) -> Callable[..., Any]:
    """The documented requests by the owner, but about something of a stranger's."""
    foreign = credentials.tenant_ids(api, cast(api)["stranger"])[name]
    schema = _schema(api, _aim(api, scheme, plan, {**_own_ids(api), name: foreign}, insist=True), ["examples"])

    @schema.parametrize()  # type: ignore[untyped-decorator]
    def test(case: Any) -> None:
        response = _called(case, [_ignored_auth])
        assert response.status_code >= 400, f"{case.operation.label} let the owner's credential in with a stranger's {name}"

    return test  # type: ignore[no-any-return]


def _plan_naming(api: str, scheme: str, name: str) -> Plan:
    """The operations that the scheme opens and that say by ``name`` whose data they are about."""
    plan = without(spec(api), plan_for(spec(api), scheme), credentials.ENDING.get(api, ()))
    return {
        place: scheme
        for place, operation in operations(spec(api))
        if place in plan and name in names(spec(api), operation, scheme)
    }


for _api in current().apis:
    checks.register(spec(_api))
    for _scheme in (*schemes(spec(_api)), None):
        if _plan(_api, _scheme):
            globals()[f"test_{_api}_by_{_scheme or 'nobody'}"] = collected(partial(_conforms, _api, _scheme))
    for _scheme in schemes(spec(_api)):
        for _name in credentials.TENANT_IDS.get(_api, ()):
            if _naming := _plan_naming(_api, _scheme, _name):
                globals()[f"test_{_api}_by_{_scheme}_with_a_strangers_{_name.replace('-', '_')}"] = collected(
                    partial(_keeps_strangers_out, _api, _scheme, _name, _naming)
                )
