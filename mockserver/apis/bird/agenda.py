"""The agenda: what falls due in bird, told of and taken up again."""

from __future__ import annotations

from collections.abc import Mapping

from mockserver.apis.bird import messages
from mockserver.apis.bird.ladder import LADDER, LAPSE, lapse
from mockserver.apis.bird.lists import Entity
from mockserver.apis.bird.moments import instant, sortable
from mockserver.apis.bird.receiving import RECEIVE, receive
from mockserver.apis.bird.world import World, channels_of
from mockserver.engine.ladder import STEP
from mockserver.engine.sandbox import Transaction
from mockserver.engine.store import Job

JOBS = {STEP: LADDER.step, LAPSE: lapse, RECEIVE: receive}


def tell(tx: Transaction) -> list[Entity]:
    """What is going to happen, in the order in which it was planned, as ``x-world`` says it; then what is stuck."""
    journeys = {journey["id"]: journey for journey in LADDER.under_way(tx)}
    told = []
    for job in sorted(tx.planned(*JOBS), key=lambda one: one.number):
        deed = _deed(job, journeys)
        told += [{"due": job.due, "chance": job.chance, **deed}] if deed else []
    return told + [_step(journey) for journey in journeys.values() if journey["due"] is None]


def _deed(job: Job, journeys: Mapping[str, Entity]) -> Entity:
    if job.kind == RECEIVE:
        coming = job.body
        said = {"messageId": coming["id"], "channelId": coming["channelId"], "from": coming["sender"], "body": coming["body"]}
        return {"receive": said}
    if job.body["id"] not in journeys:
        # The time of what has come to its end runs out for nothing.
        return {}
    return _step(journeys[job.body["id"]]) if job.kind == STEP else {"lapse": {"messageId": job.body["id"]}}


def _step(journey: Entity) -> Entity:
    reached = {"reached": journey["reached"]} if journey["reached"] else {}
    return {"step": {"messageId": journey["id"], "outcome": journey["outcome"], **reached, "start": journey["start"]}}


def resume(tx: Transaction, world: World) -> None:
    """Plan what a world says is going to happen."""
    channels = channels_of(world)
    places = {message["id"]: channels[message["channelId"]]["workspaceId"] for message in world["messages"] if "id" in message}
    for entry in world["agenda"]:
        due, chance = instant(entry["due"]) if "due" in entry else None, entry.get("chance")
        if "step" in entry:
            journey = _journey(tx, places[entry["step"]["messageId"]], entry["step"])
            LADDER.resume(tx, [{**journey, "due": due and sortable(due), "chance": chance}])
        elif due is not None:
            kind, body = _awaited(tx, entry, channels)
            tx.schedule(due, kind, body, chance)


def _journey(tx: Transaction, workspace_id: str, step: World) -> Entity:
    message = messages.on_its_way(tx, workspace_id, step["messageId"])
    start = step.get("start") or message.get("sendAt") or message["createdAt"]
    known = {"outcome": step["outcome"], "reached": step.get("reached", []), "start": sortable(instant(start))}
    return {"id": message["id"], "owner": workspace_id, **known}


def _awaited(tx: Transaction, entry: World, channels: Mapping[str, Entity]) -> tuple[str, Entity]:
    if "lapse" in entry:
        return LAPSE, {"id": entry["lapse"]["messageId"]}
    said = entry["receive"]
    place = {"workspaceId": channels[said["channelId"]]["workspaceId"], "channelId": said["channelId"]}
    named = said.get("messageId") or tx.chance.uuid()
    return RECEIVE, {**place, "id": named, "sender": said["from"], "body": said["body"]}
