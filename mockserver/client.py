"""The client of the control plane: what commands and test plugins say to a running mock, over HTTP."""

from __future__ import annotations

from collections.abc import Mapping
from copy import copy
from typing import Any, Self

import httpx

#: A traceback of pytest ends where a test calls this, not in here.
__tracebackhide__ = True

#: The variable that holds the token, named in advice only: whoever makes a client hands the token over.
TOKEN_VARIABLE = "UNDERSTUDY_CONTROL_TOKEN"  # noqa: S105  (the variable's name)
#: In seconds. Moving the clock answers when all that fell due has happened, waits answer after at most a minute.
_CONNECT, _ANSWER = 5.0, 120.0
_WRONG_TOKEN = (
    f"set {TOKEN_VARIABLE} (or --token) to the control token of that mock: `understudy serve` prints it, "
    f"unless {TOKEN_VARIABLE} was set when it started"
)


class Unreachable(Exception):
    """No mock answered; the message says what to do about it."""


class ControlError(Exception):
    """The mock said no: ``status`` of HTTP, ``error`` for programs, ``detail`` for people, ``issues`` as ``field: reason``."""

    def __init__(self, status: int, error: str, detail: str, issues: list[str]) -> None:
        self.status = status
        self.error = error
        self.detail = detail
        self.issues = issues
        super().__init__(f"{detail.rstrip('.')}: {'; '.join(issues)}" if issues else detail)


class ControlClient:
    """One mock's control plane, in one sandbox of it: the default one, or the one that is named."""

    def __init__(self, url: str, token: str | None = None, sandbox: str | None = None) -> None:
        """``url``: where the mock is served, such as ``http://127.0.0.1:4010``. ValueError for what no header can carry."""
        self.url = url.rstrip("/").removesuffix("/_understudy")
        self.sandbox = sandbox
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        if not all(value.isascii() and value.isprintable() for value in (*headers.values(), sandbox or "")):
            raise ValueError("a control token and a sandbox's name are plain ASCII, without line breaks")
        timeout = httpx.Timeout(_ANSWER, connect=_CONNECT)
        # The proxies of the surroundings lead out, and the mock is at home.
        self._http = httpx.Client(headers=headers, timeout=timeout, trust_env=False)

    def within(self, sandbox: str) -> ControlClient:
        """The same mock in another sandbox, by the same connections. ValueError for a name that no header can carry."""
        if not sandbox.isascii() or not sandbox.isprintable():
            raise ValueError("a sandbox's name is plain ASCII, without line breaks")
        twin = copy(self)
        twin.sandbox = sandbox
        return twin

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the connections."""
        self._http.close()

    def call(self, method: str, path: str, json: Any = None, params: Mapping[str, Any] | None = None) -> Any:
        """What the operation at ``path`` (``/clock``) answers: JSON read, None for no content, else text or bytes.

        Parameters that are None are left out. ControlError for a refusal, Unreachable if no mock answers.
        """
        given = {name: value for name, value in (params or {}).items() if value is not None}
        here = {"X-Understudy-Sandbox": self.sandbox} if self.sandbox else {}
        try:
            reply = self._http.request(method, f"{self.url}/_understudy{path}", json=json, params=given, headers=here)
        except httpx.TimeoutException:
            raise Unreachable(f"the mock at {self.url} did not answer in time") from None
        except httpx.InvalidURL as error:
            raise Unreachable(f"{self.url} is no address of a mock: {error}") from None
        except httpx.TransportError:
            raise Unreachable(f"nothing answers at {self.url}: start it with `understudy serve`, or name another --url") from None
        try:
            content = _content(reply)
        except ValueError:
            raise self._stranger(reply) from None
        if not reply.is_success:
            raise self._refused(reply, content)
        return content

    def _stranger(self, reply: httpx.Response) -> Unreachable:
        return Unreachable(f"what answers at {self.url} is no Understudy (HTTP {reply.status_code}): name another --url")

    def _refused(self, reply: httpx.Response, body: Any) -> Exception:
        if not isinstance(body, dict) or not {"error", "detail"} <= body.keys():
            return self._stranger(reply)
        detail = str(body["detail"])
        if reply.status_code == httpx.codes.UNAUTHORIZED:
            detail = f"the mock at {self.url} does not take this token: {_WRONG_TOKEN}"
        return ControlError(reply.status_code, str(body["error"]), detail, [str(issue) for issue in body.get("issues", ())])


def _content(reply: httpx.Response) -> Any:
    """ValueError for what no control plane says."""
    media_type = reply.headers.get("content-type", "").partition(";")[0]
    if not reply.content:
        return None
    if media_type == "application/json":
        return reply.json()
    if media_type == "text/html":
        raise ValueError
    return reply.text if media_type.startswith("text/") or media_type.endswith("xml") else reply.content
