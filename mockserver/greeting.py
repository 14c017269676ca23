"""The greeting: what ``serve`` prints when the mock answers."""

from __future__ import annotations

import shlex

from mockserver import apis
from mockserver.credentials import collect
from mockserver.data import MOUNTS
from mockserver.settings import Settings, control_token_from_environment


def greeting(settings: Settings, url: str) -> str:
    """Each base URL with one curl line that works, and how to open the control plane."""
    lines = [f"Understudy serves {len(settings.apis)} of {len(MOUNTS)} APIs, world {settings.world}, at {url}/", ""]
    for api, actors in collect(settings.apis, url, settings.world).items():
        words = apis.room(api, "credentials").first_call(actors["owner"], actors["base_url"])
        lines += [f"{api:<10} {actors['base_url']}", f"           {shlex.join(['curl', *words])}"]
    token = "the token in UNDERSTUDY_CONTROL_TOKEN" if control_token_from_environment() else settings.control_token
    lines += ["", f"control    {url}/_understudy  (bearer token: {token})", "Ctrl-C ends it."]
    return "\n".join(lines)
