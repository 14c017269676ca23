// The mock in the hand of a test: a sandbox of its own for each, dropped when the test is over.
const { UNDERSTUDY_URL: url, UNDERSTUDY_CONTROL_TOKEN: token } = process.env;

async function control(method, path, body, sandbox) {
  const headers = { Authorization: `Bearer ${token}`, "Content-Type": "application/json" };
  if (sandbox) headers["X-Understudy-Sandbox"] = sandbox;
  const reply = await fetch(`${url}/_understudy${path}`, { method, headers, body: body && JSON.stringify(body) });
  if (!reply.ok) throw new Error(`${method} ${path}: ${await reply.text()}`);
  return reply.status === 204 ? undefined : reply.json();
}

export async function sandbox(test, wish = {}) {
  const { name, base_urls: baseUrls, credentials } = await control("POST", "/sandboxes", wish);
  test.after(() => control("DELETE", `/sandboxes/${name}`));
  return {
    baseUrls,
    credentials,
    advance: (seconds) => control("POST", "/clock/advance", { seconds }, name),
    fault: (rule) => control("POST", "/faults", rule, name),
    sent: async (wish) => (await control("GET", `/journal?${new URLSearchParams(wish)}`, undefined, name)).entries,
    webhooks: (wish) => control("POST", "/webhooks/deliveries/wait", wish, name),
  };
}
