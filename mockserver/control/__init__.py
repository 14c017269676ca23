"""The control plane: what tests and administrators may do to a running mock."""

from __future__ import annotations

import hmac
from typing import Any

from mockserver.control.deeds import Operated
from mockserver.control.operations import ControlOperations
from mockserver.control.wire import refuse
from mockserver.engine.refusals import CredentialUnknown
from mockserver.exchange import Call
from mockserver.serving.passage import Rooms


def rooms(mock: Operated) -> Rooms:
    """The rooms of the control plane, acting on this mock."""

    def control_token(call: Call, token: str) -> Any:
        if not hmac.compare_digest(token.encode(), mock.settings.control_token.encode()):
            raise CredentialUnknown
        return "administrator"

    return Rooms(ControlOperations(mock), refuse, {"ControlToken": control_token}, disturbable=False)
