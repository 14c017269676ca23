"""Sends texts by restlink, and keeps an eye on the money."""

import hashlib
import hmac
import time

import requests


class Refused(Exception):
    """Restlink said no; the message says why, ``code`` is for programs."""

    def __init__(self, error):
        super().__init__(error["description"])
        self.code = error["error_code"]


class Texts:
    def __init__(self, base_url, api_key, patience=0.01):
        self._base_url = base_url
        self._session = requests.Session()
        self._session.headers["X-API-Key"] = api_key
        self._session.trust_env = False
        self._patience = patience

    def send(self, *numbers, message, sender="MyApp"):
        """The id of each message, in the order of the numbers."""
        sent = self._ask("POST", "/sms/send", json={"to": list(numbers), "message": message, "sender_id": sender})
        return [one["message_id"] for one in sent["messages"]]

    def status(self, message_id):
        return self._ask("GET", f"/sms/status/{message_id}")["message"]["status"]

    def balance(self):
        return self._ask("GET", "/user/balance")["balance"]

    def report_to(self, url, secret):
        """Have the fate of each message posted to an address."""
        self._ask("PUT", "/user/webhooks", json={"delivery_url": url, "signing_secret": secret})

    def _ask(self, method, path, **request):
        for attempt in range(4):
            reply = self._session.request(method, self._base_url + path, timeout=10, **request)
            if reply.status_code != requests.codes.too_many_requests:
                break
            time.sleep(self._patience * 2**attempt)
        if not reply.ok:
            raise Refused(reply.json())
        return reply.json()


def is_from_restlink(headers, body, secret):
    """Whether a webhook bears the signature of who knows the secret."""
    signed = headers["X-Webhook-Timestamp"].encode() + b"." + body
    expected = hmac.new(secret, signed, hashlib.sha256).hexdigest()
    return hmac.compare_digest(f"sha256={expected}", headers["X-Webhook-Signature"])
