"""The APIs of one sandbox: where each stands, who may call it, and what people outside do to it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Generic, Protocol

from mockserver.testing import actors
from mockserver.testing.actors import (
    BirdActor,
    Raw,
    RestlinkActor,
    SomeActor,
    TimelinesActor,
    TofromActor,
    XpressbotActor,
)

#: A traceback of pytest ends where a test calls this, not in here.
__tracebackhide__ = True

if TYPE_CHECKING:
    from mockserver.client import ControlClient

#: Who writes where nobody is named: a number that no world's tenant has.
_WRITER = "+31612345678"


class Sandboxed(Protocol):
    """What an API needs of the sandbox that it stands in."""

    def cast(self, api: str) -> Raw:
        """The API's ``base_url`` and its actors, tokens freshly minted. LookupError if the API is not served."""

    @property
    def control(self) -> ControlClient:
        """The control plane in this sandbox."""


class Api(Generic[SomeActor]):
    """One API in one sandbox."""

    name: str

    def __init__(self, sandbox: Sandboxed, read: Callable[[str, Raw], SomeActor]) -> None:
        self._sandbox = sandbox
        self._read = read

    @property
    def base_url(self) -> str:
        """Where the API's documented paths start. Whatever is sent there stays in this sandbox, with any credentials or none."""
        return str(self._sandbox.cast(self.name)["base_url"])

    def actor(self, name: str) -> SomeActor:
        """Who plays a part. LookupError that names the parts there are."""
        cast = {key: part for key, part in self._sandbox.cast(self.name).items() if key != "base_url"}
        return actors.find(cast, name, self._read)

    @property
    def owner(self) -> SomeActor:
        """The tenant who has something."""
        return self.actor("owner")

    @property
    def stranger(self) -> SomeActor:
        """Another tenant, with the same kinds of things, who sees nothing of the owner's."""
        return self.actor("stranger")

    def __repr__(self) -> str:
        return f"<{self.name} at {self.base_url}>"


class Restlink(Api[RestlinkActor]):
    """The SMS gateway."""

    name = "restlink"

    def __init__(self, sandbox: Sandboxed) -> None:
        super().__init__(sandbox, actors.restlink)

    @property
    def mainless(self) -> RestlinkActor:
        """An account without a live main workspace."""
        return self.actor("mainless")

    @property
    def poor(self) -> RestlinkActor:
        """A workspace that cannot pay."""
        return self.actor("poor")

    def visit(self, message_id: str, event: str = "click", **told: str) -> Mapping[str, Any]:
        """Let the recipient of a message do something with its link: ``impression``, ``click`` or ``conversion``.

        ``told``: ``url``, ``action``, ``ip``, ``user_agent``, of which a webhook may tell.
        """
        return _answer(self._sandbox.control.call("POST", f"/restlink/messages/{message_id}/events", {"event": event, **told}))


class Tofrom(Api[TofromActor]):
    """The messaging platform."""

    name = "tofrom"

    def __init__(self, sandbox: Sandboxed) -> None:
        super().__init__(sandbox, actors.tofrom)

    @property
    def unconfigured(self) -> TofromActor:
        """A user whose workspace cannot send yet."""
        return self.actor("unconfigured")

    def receive(
        self,
        text: str = "Hello",
        *,
        from_: str = _WRITER,
        actor: str = "owner",
        to: str | None = None,
        media_urls: tuple[str, ...] = (),
        in_seconds: float = 0,
    ) -> Mapping[str, Any]:
        """Let a text, or a picture message, reach one of the actor's numbers: ``id``, ``provider_sid``, ``created_at``."""
        receiver = self.actor(actor)
        body = {"from": from_, "to": to or receiver.phone_number, "body": text, "in_seconds": in_seconds}
        body |= {"mediaUrls": list(media_urls)} if media_urls else {}
        return _answer(self._sandbox.control.call("POST", f"/tofrom/workspaces/{receiver.workspace_id}/inbound", body))


class Xpressbot(Api[XpressbotActor]):
    """The WhatsApp workspace."""

    name = "xpressbot"

    def __init__(self, sandbox: Sandboxed) -> None:
        super().__init__(sandbox, actors.xpressbot)

    @property
    def two_channels(self) -> XpressbotActor:
        """A workspace whose key has two channels."""
        return self.actor("two_channels")

    def receive(
        self,
        text: str = "Hello",
        *,
        from_: str = _WRITER,
        actor: str = "owner",
        channel: str | None = None,
        in_seconds: float = 0,
        **more: str,
    ) -> Mapping[str, Any]:
        """Let somebody write to one of the actor's channels: ``id``, ``wamid``, ``timestamp``.

        ``more``: ``name`` of the writer; ``type``, ``url``, ``caption``, ``filename`` of a medium in the place of the text.
        """
        body = {"from": from_, "in_seconds": in_seconds, **more, **({} if "type" in more else {"body": text})}
        return _answer(
            self._sandbox.control.call("POST", f"/xpressbot/channels/{channel or self.actor(actor).channels[0]}/inbound", body)
        )


class Bird(Api[BirdActor]):
    """The channels."""

    name = "bird"

    def __init__(self, sandbox: Sandboxed) -> None:
        super().__init__(sandbox, actors.bird)

    def receive(
        self,
        text: str = "Hello",
        *,
        from_: str | None = None,
        actor: str = "owner",
        channel: str = "sms",
        body: Mapping[str, Any] | None = None,
        in_seconds: float = 0,
    ) -> Mapping[str, Any]:
        """Let somebody write to one of the actor's channels, named by its kind or its id: ``id`` and ``createdAt``.

        ``body``: one of bird's own bodies (``{"type": "image", …}``) in the place of the text.
        """
        receiver = self.actor(actor)
        writer = from_ or ("noor@example.com" if channel == "email" else _WRITER)
        said = dict(body) if body else {"type": "text", "text": {"text": text}}
        path = f"/bird/workspaces/{receiver.workspace_id}/channels/{receiver.channels.get(channel, channel)}/inbound"
        return _answer(self._sandbox.control.call("POST", path, {"from": writer, "body": said, "in_seconds": in_seconds}))


class Timelines(Api[TimelinesActor]):
    """The partner API."""

    name = "timelines"

    def __init__(self, sandbox: Sandboxed) -> None:
        super().__init__(sandbox, actors.timelines)

    def use(self, *, actor: str = "owner", workspace_id: str | None = None, **amounts: int) -> Mapping[str, Any]:
        """Let the people of a workspace use up ``messages``, ``api_calls``, ``transactions``, or buy ``balance``."""
        path = f"/timelines/workspaces/{workspace_id or self.actor(actor).workspace_id}/usage"
        return _answer(self._sandbox.control.call("POST", path, amounts))

    def connect(
        self, user_id: int, phone_number: str = _WRITER, *, actor: str = "owner", workspace_id: str | None = None
    ) -> Mapping[str, Any]:
        """Let a user's phone scan the QR code that the user has."""
        workspace = workspace_id or self.actor(actor).workspace_id
        path = f"/timelines/workspaces/{workspace}/users/{user_id}/whatsapp"
        return _answer(self._sandbox.control.call("POST", path, {"phone_number": phone_number}))

    def set_webhook(self, url: str | None, *, actor: str = "owner") -> None:
        """Name the address to which the actor's webhooks go, None for none."""
        self._sandbox.control.call("PUT", f"/timelines/partners/{self.actor(actor).partner_id}/webhook", {"url": url})


def _answer(told: Any) -> Mapping[str, Any]:
    answer: Mapping[str, Any] = told
    return answer
