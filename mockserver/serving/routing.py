"""Routing: Connexion's own, with every path parameter left as text for the contract to judge."""

from __future__ import annotations

import re
from typing import Any

from connexion.frameworks.starlette import starlettify_path
from connexion.middleware.routing import RoutingAPI, RoutingMiddleware
from connexion.operations import AbstractOperation


class _TextRoutingAPI(RoutingAPI):  # type: ignore[misc]  # Connexion has no type information
    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        # A path with a slash too many is another path: a redirect would hide a client's mistake.
        self.router.redirect_slashes = False

    @staticmethod
    def _framework_path_and_name(operation: AbstractOperation, path: str) -> tuple[str, str]:
        # With typed converters "/users/abc" would be "no such path" where the contract says "not an integer".
        text = starlettify_path(path)
        return text, text


class Routing(RoutingMiddleware):  # type: ignore[misc]
    """Finds the operation of a request; the contract then judges its path parameters."""

    def __init__(self, app: Any) -> None:
        super().__init__(app)
        self.router.redirect_slashes = False

    def add_api(self, specification: Any, base_path: str | None = None, **options: Any) -> None:
        """Register the operations of one contract."""
        api = _TextRoutingAPI(specification, base_path=base_path, next_app=self.app, **options)
        self.router.mount(api.base_path, app=api.router)
        # Starlette's pattern of a mount ends at a line break, which a path parameter may hold as %0A.
        mounted = self.router.routes[-1]
        mounted.path_regex = re.compile(mounted.path_regex.pattern, re.DOTALL)
