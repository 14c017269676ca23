"""The catalogue is broad, every defect is told of by a published source, and none reaches beyond what it is about."""

from __future__ import annotations

import asyncio
import re
from collections import Counter

import pytest

from contract_tests.statements import documented
from mockserver.app import cast
from mockserver.data import MOUNTS
from tests.detection.catalogue import DEFECTS, matching
from tests.detection.defect import AREAS, Defect
from tests.detection.proxy import Answer, Passing, honestly
from tests.detection.scene import Scene
from tests.detection.sources import REST_FAULTS

CASTS = {api: cast(api, "default") for api in MOUNTS}


def test_the_catalogue_covers_all_areas_apis_and_published_types() -> None:
    assert len(DEFECTS) >= 60
    assert {each.area for each in DEFECTS} == set(AREAS)
    assert all(count >= 10 for count in Counter(each.api for each in DEFECTS).values())
    assert {each.api for each in DEFECTS} == set(MOUNTS)
    types = {each.source.item.partition(" ")[0] for each in DEFECTS if each.source.work == REST_FAULTS}
    assert types == {f"#{number}" for number in range(1, 11)}


def test_a_defect_has_a_name_of_its_own_a_source_and_a_sentence() -> None:
    assert len({each.key for each in DEFECTS}) == len(DEFECTS)
    for each in DEFECTS:
        assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", each.name), each.name
        assert each.does.endswith("."), each.key
        assert each.source.work, each.key
        assert each.source.item, each.key


def test_what_a_defect_breaks_is_a_documented_statement_of_its_api() -> None:
    for each in DEFECTS:
        assert set(each.breaks) <= documented()[each.api].keys(), each.key
    assert len({statement for each in DEFECTS for statement in each.breaks}) >= 40


def test_a_defect_is_told_in_one_way_at_least() -> None:
    for each in DEFECTS:
        lie = each.lie(Scene(each.api, CASTS[each.api]))
        assert lie is not honestly or each.relay is not None or each.frames is not None, each.key


@pytest.mark.parametrize("defect", DEFECTS, ids=lambda each: each.key)
def test_a_lie_leaves_alone_what_it_is_not_about(defect: Defect) -> None:
    sent = Passing("GET", f"{MOUNTS[defect.api]}/no/such/path?a=1", [("Accept", "*/*")], b"")
    answer = Answer(418, [("Content-Type", "text/plain"), ("Allow", "GET")], b"teapot")
    passed: list[Passing] = []

    async def forward(passing: Passing) -> Answer:
        passed.append(passing)
        return answer

    lie = defect.lie(Scene(defect.api, CASTS[defect.api]))
    assert asyncio.run(lie(sent.but(), forward)) == answer
    assert passed == [sent]


def test_a_pattern_is_a_key_a_name_or_an_area() -> None:
    assert {each.api for each in matching("bird/*")} == {"bird"}
    assert {each.area for each in matching("webhooks")} == {"webhooks"}
    assert {each.name for each in matching("sent-twice")} == {"sent-twice"}
    assert matching("nothing") == []
