import assert from "node:assert/strict";
import { createServer } from "node:http";
import { test } from "node:test";
import { Orders, Refused, isFromBird } from "./orders.mjs";
import { sandbox } from "./understudy.mjs";

const CUSTOMER = "+31612345678";

async function begin(t) {
  const mock = await sandbox(t, { now: "2026-02-13T12:00:00Z" });
  const { owner } = mock.credentials.bird;
  const { access_key: accessKey, workspace_id: workspace, channels } = owner;
  return { mock, owner, orders: new Orders({ baseUrl: mock.baseUrls.bird, accessKey, workspace, channel: channels.sms }) };
}

test("a message is sent and read back", async (t) => {
  const { mock, orders } = await begin(t);
  await orders.tell(CUSTOMER, "Your order is on its way.");
  assert.equal((await orders.told())[0], "Your order is on its way.");
  const [entry] = await mock.sent({ operation: "send_message" });
  assert.equal(entry.actor, "owner");
  assert.equal(entry.reply.status, 202);
});

test("a number that is none is refused", async (t) => {
  const { orders } = await begin(t);
  await assert.rejects(orders.tell("", "Hello?"), (no) => no instanceof Refused && no.code === "InvalidPayload");
});

test("in time it arrives", async (t) => {
  const { mock, orders } = await begin(t);
  const message = await orders.tell(CUSTOMER, "Your order is on its way.");
  assert.equal(await orders.status(message), "accepted");
  await mock.advance(60);
  assert.equal(await orders.status(message), "delivered");
});

test("trouble that passes is survived", async (t) => {
  const { mock, orders } = await begin(t);
  await mock.fault({ api: "bird", operation: "send_message", maintenance: { undocumented: true }, next: 2 });
  await orders.tell(CUSTOMER, "Your order is on its way.");
  const entries = await mock.sent({ operation: "send_message" });
  assert.deepEqual(entries.map((entry) => entry.reply.status), [503, 503, 202]);
});

test("tests do not see each other", async (t) => {
  const [one, other] = [await begin(t), await begin(t)];
  await one.orders.tell(CUSTOMER, "Only here.");
  assert.equal((await one.orders.told())[0], "Only here.");
  assert.ok(!(await other.orders.told()).includes("Only here."));
});

test("the mock calls back", async (t) => {
  const { mock, owner, orders } = await begin(t);
  const arrived = [];
  const receiver = createServer(async (request, reply) => {
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    arrived.push([request.headers, Buffer.concat(chunks)]);
    reply.writeHead(204).end();
  });
  await new Promise((ready) => receiver.listen(0, "127.0.0.1", ready));
  t.after(() => receiver.close());
  const url = `http://127.0.0.1:${receiver.address().port}/bird`;
  const subscribed = await fetch(
    `${mock.baseUrls.bird}/organizations/${owner.organization_id}/workspaces/${owner.workspace_id}/webhook-subscriptions`,
    {
      method: "POST",
      headers: { Authorization: `AccessKey ${owner.access_key}`, "Content-Type": "application/json" },
      body: JSON.stringify({ service: "channels", event: "sms.outbound", url, signingKey: "s3cret" }),
    },
  );
  assert.equal(subscribed.status, 201);
  await orders.tell(CUSTOMER, "Your order is on its way.");
  await mock.advance(60);
  assert.ok((await mock.webhooks({ event: "sms.outbound", count: 4 })).met);
  assert.equal(arrived.length, 4);
  assert.ok(arrived.every(([headers, body]) => isFromBird(headers, url, body, "s3cret")));
});
