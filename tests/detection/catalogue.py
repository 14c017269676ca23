"""Catalogue: every defect that the contract tests ought to catch."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from fnmatch import fnmatchcase
from typing import Any

from tests.detection.defect import Defect
from tests.detection.defects import bird, restlink, timelines, tofrom, xpressbot
from tests.detection.proxy import Proxy, serving_thread
from tests.detection.scene import Scene

DEFECTS: tuple[Defect, ...] = (
    *restlink.DEFECTS,
    *tofrom.DEFECTS,
    *xpressbot.DEFECTS,
    *bird.DEFECTS,
    *timelines.DEFECTS,
)


def matching(pattern: str) -> list[Defect]:
    """The defects whose key (``restlink/errors-in-html``), name or area fits a pattern as of a shell."""
    return [each for each in DEFECTS if any(fnmatchcase(text, pattern) for text in (each.key, each.name, each.area))]


@contextmanager
def told(defect: Defect, root: str, cast: Mapping[str, Mapping[str, Any]]) -> Iterator[Proxy]:
    """A proxy in front of the mock at ``root`` that has the defect; its ``url`` is where the deployment seems to be."""
    scene = Scene(defect.api, cast)
    proxy = Proxy(root, defect.lie(scene), defect.frames, defect.relay(scene) if defect.relay is not None else None)
    proxy.began_anew = scene.memory.clear
    with serving_thread(proxy):
        yield proxy
