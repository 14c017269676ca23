"""Posts: lies about webhooks, told on their way from the deployment to those who receive them."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace

from tests.detection.relay import Delivery, Post, Relay
from tests.detection.scene import Scene

MakeRelay = Callable[[Scene], Relay]


def changed(change: Callable[[Scene, Delivery], Delivery]) -> MakeRelay:
    """Each attempt is changed."""

    def make(scene: Scene) -> Relay:
        async def relay(delivery: Delivery, post: Post) -> int:
            return await post(change(scene, delivery))

        return relay

    return make


def unsigned(header: str) -> MakeRelay:
    """The signature is missing."""
    return changed(lambda _, delivery: delivery.with_header(header, None))


def missigned(header: str) -> MakeRelay:
    """The signature has the right form and fits nothing."""

    def broken(_scene: Scene, delivery: Delivery) -> Delivery:
        told = delivery.header(header)
        if told is None:
            return delivery
        head, body = told[:10], told[10:]
        return delivery.with_header(header, head + body.translate(str.maketrans("abcdefABCDEF0123", "bcdefaBCDEFA1230")))

    return changed(broken)


def rewritten(_scene: Scene, delivery: Delivery) -> Delivery:
    """The body is serialised once more after it was signed."""
    return replace(delivery, body=json.dumps(json.loads(delivery.body), indent=1).encode())


def lost(_scene: Scene) -> Relay:
    """Nothing arrives, and the deployment takes it for delivered."""

    async def relay(_delivery: Delivery, _post: Post) -> int:
        return 204

    return relay


def once_only(_scene: Scene) -> Relay:
    """What a receiver did not take is not tried again."""

    async def relay(delivery: Delivery, post: Post) -> int:
        await post(delivery)
        return 204

    return relay


def twice(_scene: Scene) -> Relay:
    """What a receiver took comes once more."""

    async def relay(delivery: Delivery, post: Post) -> int:
        taken = await post(delivery)
        await post(delivery)
        return taken

    return relay


def to_everybody(_scene: Scene) -> Relay:
    """Every address hears of every event."""

    async def relay(delivery: Delivery, post: Post) -> int:
        for url in delivery.known:
            if url != delivery.url:
                await post(replace(delivery, url=url))
        return await post(delivery)

    return relay
