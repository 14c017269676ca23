"""Wire: how the requests of a test pass the gate, and what the gate has to say about them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote

import httpx
import pytest
import requests

from contract_tests.gate.inward import PINNED
from contract_tests.gate.proxy import BROKEN, EXCHANGE, OBJECTIONS, REFUSED


class Broken(AssertionError):
    """The target gave no whole reply."""


class Objected(AssertionError):
    """The gate holds something against the reply. ``check``: which rule; ``statements``: ids that were broken."""

    def __init__(self, check: str, message: str, statements: tuple[str, ...]) -> None:
        super().__init__(message)
        self.check, self.statements = check, statements


class Evidence:
    """The numbers under which the gate keeps what a test sent, since the test (or its latest case) began."""

    def __init__(self) -> None:
        self.numbers: list[int] = []
        self.refusals: list[str] = []
        self.passed = 0

    def begin(self) -> None:
        """A test begins."""
        self.numbers, self.refusals, self.passed = [], [], 0

    def again(self) -> None:
        """The test begins anew, with another case or scenario."""
        self.numbers = []

    def judge(self, headers: Mapping[str, str]) -> str | None:
        """Note a reply and return why the gate refused the request, if it did; Broken or Objected if it says so."""
        if EXCHANGE in headers:
            self.numbers.append(int(headers[EXCHANGE]))
        if REFUSED in headers:
            self.refusals.append(unquote(headers[REFUSED]))
            return self.refusals[-1]
        self.passed += EXCHANGE in headers
        if BROKEN in headers:
            raise Broken(unquote(headers[BROKEN]))
        for check, message, statements in json.loads(unquote(headers.get(OBJECTIONS, "[]"))):
            raise Objected(check, message, tuple(statements))
        return None


evidence = Evidence()


def client(base_url: str, **choices: Any) -> httpx.Client:
    """A client for a law. What the gate refuses skips the law; what it holds against a reply fails it."""
    return httpx.Client(
        base_url=base_url, trust_env=False, event_hooks={"response": [_judge_for_a_law]}, **{"timeout": 30, **choices}
    )


def _judge_for_a_law(response: httpx.Response) -> None:
    refused = evidence.judge(response.headers)
    if refused is not None:
        pytest.skip(f"The gate refused it: {refused}")


def session() -> requests.Session:
    """For generated requests, kept alive; reads neither proxies nor passwords from the surroundings. Raises Broken and Objected;
    a reply that is the gate's refusal is to be known by ``is_refusal`` and left alone.
    """
    made = requests.Session()
    made.trust_env = False
    made.hooks["response"].append(_judge)
    return made


def _judge(response: requests.Response, **_: Any) -> None:
    evidence.judge(response.headers)


def is_refusal(response: Any) -> bool:
    """Whether what Schemathesis got is no reply of the target, but the gate's refusal."""
    return REFUSED.lower() in response.headers


def is_about_another(response: Any) -> bool:
    """Whether the gate put a pinned recipient into the request: what was right or wrong about that is not what was asked."""
    return PINNED.lower() in response.headers
