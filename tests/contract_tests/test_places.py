"""Every statement stands somewhere in its contract, and what is wrong there is called by its id and by no other's."""

from __future__ import annotations

import pytest

from contract_tests import places, statements
from contract_tests.places import Place, Spot
from mockserver.data import MOUNTS, load_spec

SPECS = {api: load_spec(api) for api in MOUNTS}
SEND = "POST /workspaces/{workspaceId}/channels/{channelId}/messages"
READ = "GET /workspaces/{workspaceId}/channels/{channelId}/messages/{messageId}"


@pytest.mark.parametrize("api", MOUNTS)
def test_every_statement_has_places_and_every_place_is_there(api: str) -> None:
    placed = statements.placed()[api]
    assert placed.keys() == statements.documented()[api].keys()
    assert [name for name, known in placed.items() if not known] == []
    gone = [f"{name}: {place}" for name, known in placed.items() for place in known if not places.resolved(SPECS[api], place)]
    assert gone == []


@pytest.mark.parametrize(
    ("api", "operation", "steps", "ids"),
    [
        # A field that no document mentions is nobody's, however many statements are about the operation.
        ("restlink", "GET /user/balance", "responses/200/body/currency", []),
        ("restlink", "GET /user/workspaces", "responses/200/body/name", ["R13"]),
        ("restlink", "GET /user/workspaces", "responses/200/body/is_main", ["R13", "R14"]),
        ("restlink", "GET /user/profile", "responses/200/body/workspaces", ["R12"]),
        ("restlink", "POST /sms/send", "responses/200", ["R15"]),
        ("restlink", "POST /sms/send", "request/to", ["R15"]),
        ("restlink", "GET /sms/messages", "parameters/X-Workspace-ID", ["R06"]),
        ("restlink", "GET /sms/messages", "security/owner", ["R07"]),
        ("restlink", "GET /user/workspaces", "security", ["R11"]),
        ("tofrom", "GET /api/ui/workspaces", "responses/200/body/pagination/hasNext", ["T13"]),
        ("tofrom", "GET /api/ui/workspaces", "responses/200/body/pagination/totalItems", ["T13"]),
        ("tofrom", "POST /api/messages", "responses/200/headers/X-RateLimit-Limit", ["T08"]),
        ("tofrom", "POST /api/messages", "responses/400/body/detail", ["T10"]),
        ("tofrom", "GET /api/ui/workspaces/{workspaceId}/messages", "security/owner", ["T22"]),
        ("xpressbot", "GET /channels/list", "responses/200/body/data/phoneNumberId", ["X08"]),
        ("xpressbot", "POST /labels/list", "responses/200/body/success", ["X39"]),
        ("xpressbot", "POST /labels/list", "responses/401/body/message", ["X37"]),
        ("xpressbot", "POST /automations/trigger", "responses/200/body/data/executionId", ["X36"]),
        ("bird", SEND, "responses/202", ["B02"]),
        ("bird", SEND, "responses/202/body/lastStatusAt", ["B24"]),
        ("bird", SEND, "responses/202/body/receiver/contacts", ["B02"]),
        ("bird", SEND, "security", ["B01"]),
        ("bird", READ, "", ["B23"]),
        ("bird", READ, "parameters/workspaceId", ["B03"]),
        ("bird", "GET /workspaces/{workspaceId}/contacts", "security/owner", ["B04"]),
        ("bird", "GET /workspaces/{workspaceId}/contacts", "responses/200/body/results/id", []),
        ("timelines", "GET /workspaces/{workspace_id}", "responses/200/body/qr_links/expires_at", ["L11"]),
        ("timelines", "GET /workspaces/{workspace_id}", "responses/200/body/seats", ["L06"]),
        ("timelines", "GET /workspaces/{workspace_id}", "responses/200/body/seats/used", ["L07"]),
        ("timelines", "GET /workspaces/{workspace_id}/api-token", "security", ["L01"]),
        ("timelines", "GET /workspaces/{workspace_id}/api-token", "security/owner", ["L12"]),
    ],
)
def test_what_is_wrong_somewhere_is_called_by_the_statement_that_is_finest_there(
    api: str, operation: str, steps: str, ids: list[str]
) -> None:
    assert statements.named(api, Spot(operation, tuple(steps.split("/")) if steps else ())) == ids


def test_an_operation_that_many_statements_are_about_accuses_none_of_them() -> None:
    crowded = {name: [Place(frozenset(), "/x", ())] for name in "ABCD"}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(statements, "placed", lambda: {"toy": crowded})
        assert statements.named("toy", Spot("GET /x")) == []
        del crowded["D"]
        assert statements.named("toy", Spot("GET /x")) == ["A", "B", "C"]


def test_a_place_is_written_shortly() -> None:
    assert places.parse("GET,PUT /a/*#/responses/200/body/{b,c}") == [
        Place(frozenset({"GET", "PUT"}), "/a/*", ("responses", "200", "body", name)) for name in ("b", "c")
    ]
    assert places.parse("* *#/responses/4XX/body/") == [Place(frozenset(), "*", ("responses", "4XX", "body"), below=True)]
    for nonsense in ("/a", "get /a", "GET", ""):
        with pytest.raises(ValueError, match="no place"):
            places.parse(nonsense or "x")


def test_below_is_everything_inside_and_without_a_slash_only_the_thing_itself() -> None:
    inside = Spot("GET /a", ("responses", "404", "body", "error"))
    assert places.parse("* *#/responses/4XX/body/")[0].covers(inside)
    assert not places.parse("* *#/responses/4XX/body")[0].covers(inside)
    assert not places.parse("* *#/responses/5XX/body/")[0].covers(inside)
    assert not places.parse("POST *#/responses/4XX/body/")[0].covers(inside)
    assert not places.parse("* /b#/responses/4XX/body/")[0].covers(inside)


TOY = {
    "security": [{"Key": []}],
    "paths": {
        "/a/{id}": {
            "get": {
                "operationId": "read",
                "x-also": {"b": 1},
                "parameters": [{"$ref": "#/components/parameters/Id"}],
                "responses": {"200": {"$ref": "#/components/responses/Thing"}, "404": {"description": "no"}},
            }
        }
    },
    "components": {
        "securitySchemes": {"Key": {"type": "apiKey"}},
        "parameters": {"Id": {"name": "id", "in": "path", "schema": {"type": "string"}}},
        "responses": {
            "Thing": {
                "headers": {"X-Left": {"schema": {"type": "integer"}}},
                "content": {
                    "application/json": {"schema": {"$ref": "#/components/schemas/Thing"}, "examples": {"One": {"value": 1}}}
                },
            }
        },
        "schemas": {
            "Thing": {"oneOf": [{"properties": {"a~b": {"type": "string"}}}, {"$ref": "#/components/schemas/List"}]},
            "List": {"type": "array", "items": {"properties": {"a~b": {"type": "integer"}}}},
        },
    },
}


@pytest.mark.parametrize(
    ("steps", "pointers"),
    [
        ("", ["/paths/~1a~1{id}/get"]),
        ("x-also/b", ["/paths/~1a~1{id}/get/x-also/b"]),
        ("parameters/id", ["/components/parameters/Id"]),
        ("parameters/id/schema/type", ["/components/parameters/Id/schema/type"]),
        ("parameters/other", []),
        ("responses", ["/paths/~1a~1{id}/get/responses"]),
        ("responses/4XX", ["/paths/~1a~1{id}/get/responses/404"]),
        ("responses/200", ["/components/responses/Thing"]),
        ("responses/200/headers/X-Left", ["/components/responses/Thing/headers/X-Left"]),
        ("responses/200/refusals/One", ["/components/responses/Thing/content/application~1json/examples/One"]),
        (
            "responses/200/body/a~b",
            ["/components/schemas/Thing/oneOf/0/properties/a~0b", "/components/schemas/List/items/properties/a~0b"],
        ),
        ("security", ["/security"]),
        ("security/Key", ["/components/securitySchemes/Key"]),
        ("security/Other", []),
        ("request", ["/paths/~1a~1{id}/get"]),
    ],
)
def test_a_place_leads_to_the_pointers_of_what_is_said_there(steps: str, pointers: list[str]) -> None:
    spot = Spot("GET /a/{id}", tuple(steps.split("/")) if steps else ())
    found = places.found(TOY, spot)
    assert [pointer for pointer, _ in found] == pointers
    assert all(places.at(TOY, pointer) == value for pointer, value in found)
