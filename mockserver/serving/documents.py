"""Documents: the contract itself at ``/openapi.json`` and ``/openapi.yaml``, as it was written."""

from __future__ import annotations

import copy
from typing import Any

import orjson
import yaml
from connexion.middleware.abstract import SpecMiddleware
from starlette.responses import Response

from mockserver.serving.contract import Contract
from mockserver.serving.passage import passage_of


class Documents(SpecMiddleware):  # type: ignore[misc]  # Connexion has no type information
    """Serves the written contract; Connexion's own would serve it with every reference expanded, megabytes of it."""

    def __init__(self, app: Any) -> None:
        self._app = app
        self._contract: Contract | None = None

    def add_api(self, specification: Any, *, contract: Contract, **options: Any) -> None:
        """Learn which contract is served."""
        self._contract = contract

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Answer the two documents, hand on everything else."""
        path = scope["path"].removeprefix(scope["root_path"])
        if scope["method"] in ("GET", "HEAD") and path in ("/openapi.json", "/openapi.yaml"):
            await self._document(path, passage_of(scope).base_url)(scope, receive, send)
        else:
            await self._app(scope, receive, send)

    def _document(self, path: str, base_url: str) -> Response:
        assert self._contract is not None
        document = copy.copy(dict(self._contract.raw))
        # "Try it out" must reach this mock, whatever address it was reached by.
        others = [server for server in document["servers"] if "127.0.0.1" not in server["url"]]
        document["servers"] = [{"url": base_url, "description": "This mock"}, *others]
        if path.endswith("json"):
            return Response(orjson.dumps(document), media_type="application/json")
        return Response(yaml.safe_dump(document, sort_keys=False, allow_unicode=True), media_type="application/yaml")
