"""Bodies: what can be said of a message's content without its channel: its media, its words, its length."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from mockserver.engine.segments import parts_of


def media_links(node: Any, path: str = "") -> Iterator[tuple[str, str]]:
    """Place (``.image.images[0].mediaUrl``) and address of every medium in a body or template."""
    if isinstance(node, Mapping):
        for name, child in node.items():
            if name == "mediaUrl" and isinstance(child, str):
                yield f"{path}.{name}", child
            elif name not in ("metadata", "variables", "configurations"):
                yield from media_links(child, f"{path}.{name}")
    elif isinstance(node, list):
        for index, child in enumerate(node):
            yield from media_links(child, f"{path}[{index}]")


def chargeable_units(platform: str, body: Mapping[str, Any] | None) -> int:
    """How many SMS parts the words of a body take; 1 on every other platform and for templates."""
    return parts_of(_words(body)).segments if platform == "sms" and body else 1


def _words(body: Mapping[str, Any]) -> str:
    return str(body[body["type"]].get("text", ""))
