// Tells customers about their orders, over bird.
import { createHash, createHmac, timingSafeEqual } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";

export class Refused extends Error {
  constructor({ code, message, details = {} }) {
    super(message);
    Object.assign(this, { code, details });
  }
}

export class Orders {
  constructor({ baseUrl, accessKey, workspace, channel, patience = 10 }) {
    this.url = `${baseUrl}/workspaces/${workspace}/channels/${channel}/messages`;
    this.headers = { Authorization: `AccessKey ${accessKey}`, "Content-Type": "application/json" };
    this.patience = patience;
  }

  /** The id of the message that was sent. */
  async tell(phone, text) {
    const body = { receiver: { contacts: [{ identifierValue: phone }] }, body: { type: "text", text: { text } } };
    return (await this.#ask(this.url, { method: "POST", body: JSON.stringify(body) })).id;
  }

  async status(message) {
    return (await this.#ask(`${this.url}/${message}`)).status;
  }

  /** The texts that were sent, the latest first. */
  async told() {
    return (await this.#ask(this.url)).results.map((message) => message.body.text.text);
  }

  async #ask(url, request = {}) {
    let reply;
    for (let attempt = 0; attempt < 4; attempt++) {
      reply = await fetch(url, { ...request, headers: this.headers });
      if (![429, 503].includes(reply.status)) break;
      await pause(this.patience * 2 ** attempt);
    }
    const text = await reply.text();
    if (!reply.ok) throw new Refused(text ? JSON.parse(text) : { code: String(reply.status), message: "try again later" });
    return JSON.parse(text);
  }
}

/** Whether a webhook bears bird's signature. */
export function isFromBird(headers, url, body, signingKey) {
  const digest = createHash("sha256").update(body).digest();
  const signed = Buffer.concat([Buffer.from(`${headers["messagebird-request-timestamp"]}\n${url}\n`), digest]);
  const expected = createHmac("sha256", signingKey).update(signed).digest();
  const given = Buffer.from(headers["messagebird-signature"] ?? "", "base64");
  return given.length === expected.length && timingSafeEqual(given, expected);
}
