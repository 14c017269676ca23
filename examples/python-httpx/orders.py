"""Tells customers about their orders, over bird."""

import base64
import hashlib
import hmac
import time

import httpx


class Refused(Exception):
    """Bird said no: its code, and what it finds wrong with which field."""

    def __init__(self, error):
        super().__init__(error["message"])
        self.code, self.details = error["code"], error.get("details", {})


class Orders:
    """Sends by one channel of one workspace."""

    def __init__(self, base_url, access_key, workspace, channel, patience=0.01):
        headers = {"Authorization": f"AccessKey {access_key}"}
        self._http = httpx.Client(base_url=base_url, headers=headers, timeout=10, trust_env=False)
        self._messages = f"/workspaces/{workspace}/channels/{channel}/messages"
        self._patience = patience

    def tell(self, phone, text):
        """The id of the message that was sent."""
        body = {"receiver": {"contacts": [{"identifierValue": phone}]}, "body": {"type": "text", "text": {"text": text}}}
        return self._ask("POST", self._messages, json=body)["id"]

    def status(self, message):
        return self._ask("GET", f"{self._messages}/{message}")["status"]

    def told(self):
        """The texts that were sent, the latest first."""
        return [message["body"]["text"]["text"] for message in self._ask("GET", self._messages)["results"]]

    def _ask(self, method, path, **request):
        for attempt in range(4):
            reply = self._http.request(method, path, **request)
            if reply.status_code not in (429, 503):
                break
            time.sleep(self._patience * 2**attempt)
        if reply.is_error:
            raise Refused(reply.json() if reply.content else {"code": str(reply.status_code), "message": "try again later"})
        return reply.json()


def is_from_bird(headers, url, body, signing_key):
    """Whether a webhook bears bird's signature."""
    signed = f"{headers['messagebird-request-timestamp']}\n{url}\n".encode() + hashlib.sha256(body).digest()
    signature = base64.b64encode(hmac.new(signing_key, signed, hashlib.sha256).digest()).decode()
    return hmac.compare_digest(signature, headers["messagebird-signature"])
