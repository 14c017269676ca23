"""Things: a toy contract with one operation for each effect that the gate knows."""

from __future__ import annotations

from typing import Any

from contract_tests.gate.terms import Terms
from tests.contract_tests.gate.toys import body, operation, spec

BASE = "https://api.example/base"
PHONE = {"type": "string", "x-recipient": "phone"}

SEND = {
    "type": "object",
    "properties": {
        "to": {"type": "array", "maxItems": 50, "items": {"type": "string"}, "x-recipient": "phone"},
        "also": {"anyOf": [{"type": "integer"}, {"$ref": "#/components/schemas/Number", "x-recipient": "phone"}]},
        "each": {"type": "object", "additionalProperties": {"type": "string", "x-recipient": "email"}},
        "copy": {"oneOf": [{"$ref": "#/components/schemas/Person"}, {"$ref": "#/components/schemas/Group"}]},
        "text": {"type": "string"},
    },
}
SCHEMAS: dict[str, Any] = {
    "Number": {"type": "string"},
    "Person": {"type": "object", "properties": {"mail": {"type": "string", "x-recipient": "email"}, "boss": {}}},
    "Group": {
        "type": "object",
        "properties": {
            "contact": {"type": "string", "x-recipient": "contact"},
            "members": {
                "type": "array",
                "items": {
                    "allOf": [{"type": "object"}, {"properties": {"address": {"type": "string", "x-recipient": "address"}}}]
                },
            },
        },
    },
}
SCHEMAS["Person"]["properties"]["boss"] = {"$ref": "#/components/schemas/Person"}


def parameter(name: str, where: str = "path", **more: Any) -> dict[str, Any]:
    """One parameter."""
    return {"name": name, "in": where, "required": where == "path", "schema": {"type": "string"}, **more}


def linked(**links: dict[str, Any]) -> dict[str, Any]:
    """Replies of 201 that lead on."""
    named = {name: {"operationId": said.pop("to"), "parameters": said} for name, said in links.items()}
    return {"responses": {"201": {"description": "Made", "links": named}}}


PATHS: dict[str, Any] = {
    "/rooms": {
        "get": operation("list_rooms", "none"),
        "post": operation("create_room", "create", **linked(Read={"to": "get_room", "room": "$response.body#/id"})),
    },
    "/rooms/{room}": {
        "get": operation("get_room", "none"),
        "patch": operation("update_room", "change"),
        "delete": operation("delete_room", "remove", **{"x-destructive": True}),
    },
    "/rooms/{room}/chairs": {"get": operation("list_chairs", "none"), "post": operation("create_chair", "create")},
    "/rooms/{room}/chairs/{chair}": {"delete": operation("delete_chair", "remove"), "get": operation("get_chair", "none")},
    "/tenants/{tenant}/keys": {"get": operation("list_keys", "none"), "post": operation("create_key", "create")},
    "/tenants/{tenant}/keys/{key}": {"delete": operation("delete_key", "remove")},
    "/tenants/{tenant}/settings": {"put": operation("set_settings", "change")},
    "/uploads": {
        "post": operation("upload", "create", **linked(Drop={"to": "drop_file", "file": "$response.body#/fileId"})),
    },
    "/files/{file}": {"delete": operation("drop_file", "remove")},
    "/notes": {"post": operation("create_note", "create")},
    "/messages": {
        "post": operation("send", "send", **body(SEND), **{"x-cost": {"messages": "/to"}}),
        "get": operation("list_messages", "none", parameters=[parameter("search", "query", **{"x-recipient": "phone"})]),
    },
    "/call": {
        "get": operation(
            "call",
            "send",
            parameters=[
                parameter("to", "query", **{"x-recipient": "phone", "x-also-named": "number"}),
                parameter("X-Mail", "header", **{"x-recipient": "email"}),
            ],
            **{"x-cost": {"messages": 1}},
        ),
        "post": operation(
            "call_by_post",
            "send",
            **body({"type": "object", "properties": {"to": PHONE}}),
            **{"x-query-equals-body": True, "x-cost": {"messages": 1}},
        ),
    },
    "/people/{phone}/invite": {
        "post": operation("invite", "create", parameters=[parameter("phone", **{"x-recipient": "phone"})]),
    },
    "/people": {"put": operation("upsert_person", "change", **body({"type": "object", "properties": {"phone": PHONE}}))},
    "/login": {"post": operation("log_in", "session")},
    "/logout": {"post": operation("log_out", "session", **{"x-destructive": True})},
    "/silent": {"post": operation("silent")},
}


def terms() -> Terms:
    """The contract, under the name ``toy``; ``tenant`` is a tenant."""
    schemes = {"Key": {"type": "apiKey", "in": "header", "name": "X-Key", "x-secret-headers": ["X-Signature"]}}
    return Terms("toy", spec(PATHS, schemas=SCHEMAS, securitySchemes=schemes), ["tenant"])
