// The page's logic without a browser: what it asks the API, what it shows of the answers, and what it does when they are refused.

import { FakeClock } from "@agent-team/foundation/fake-clock";
import { expect, test } from "vitest";
import { App, type AppOptions } from "./app.ts";
import { type AppState, chatOf } from "./state/app-state.ts";

interface Call {
  readonly method: string;
  readonly path: string;
  readonly body: Readonly<Record<string, unknown>>;
  readonly headers: Readonly<Record<string, string>>;
}

type Answer = (call: Call) => Response | undefined;

const json = (body: object, status = 200): Response => new Response(JSON.stringify(body), { status });

const problem = (status: number, reason: string, detail: string): Response => json({ detail, reason }, status);

/** What the lists read; every test may answer before it. */
const EMPTY: Answer = ({ path }) => {
  if (path.startsWith("/v1/runs?")) return json({ runs: [], next_page_token: "" });
  return path.startsWith("/v1/workflows?") ? json({ workflows: [], next_page_token: "" }) : undefined;
};

class Tab {
  readonly calls: Call[] = [];
  readonly clock = new FakeClock();
  readonly memory = new Map<string, string>();
  hash = "";
  readonly app: App;
  #ids = 0;

  constructor(answer: Answer) {
    this.app = new App({
      fetch: async (path, { method = "GET", headers, body }) => {
        const call = {
          method,
          path,
          headers: headers as Record<string, string>,
          body: JSON.parse(typeof body === "string" ? body : "{}") as Record<string, unknown>,
        };
        this.calls.push(call);
        return answer(call) ?? EMPTY(call) ?? problem(404, "NOT_FOUND", "there is none");
      },
      memory: memoryOf(this.memory),
      clock: this.clock,
      random: () => 0.5,
      newId: () => `id${(this.#ids += 1)}`,
      slots: { take: async () => () => {} },
      address: { read: () => this.hash, write: (hash) => void (this.hash = hash) },
    });
  }

  get state(): AppState {
    return this.app.store.state;
  }

  /** The calls with this method and path. */
  sent(method: string, path: string): readonly Call[] {
    return this.calls.filter((call) => call.method === method && call.path === path);
  }

  /** Resolves when the state is so; time passes meanwhile. */
  async until(isSo: (state: AppState) => boolean): Promise<void> {
    for (let step = 0; !isSo(this.state); step += 1) {
      if (step > 200) throw new Error("the state never came");
      await new Promise((resolve) => setImmediate(resolve));
      this.clock.advance(100);
    }
  }
}

function memoryOf(map: Map<string, string>): AppOptions["memory"] {
  return {
    getItem: (key) => map.get(key) ?? null,
    setItem: (key, value) => void map.set(key, value),
    removeItem: (key) => void map.delete(key),
  };
}

const DRAFT = {
  name: "Orders",
  nodes: [
    { id: "start", type: "TRIGGER", subtype: "MANUAL" },
    { id: "post", type: "ACTION", subtype: "HTTP_REQUEST", configuration: { method: "POST" }, needs_input: ["/url"] },
  ],
  connections: [{ from_node: "start", to_node: "post", output_key: "result" }],
};

const TURN = [
  { turn_started: { conversation_id: "id1" } },
  { message: "Here it is." },
  { workflow_proposed: { spec: DRAFT } },
  { turn_completed: {} },
]
  .map((event, at) => ({ ...event, sequence: at + 1, turn_id: "t.1", fence: "1-a" }))
  .map((event) => `id: t.1.${event.sequence}-1-a\nevent: ${Object.keys(event)[0]}\ndata: ${JSON.stringify(event)}\n\n`)
  .join("");

const conversation: Answer = ({ path, method }) => {
  if (method === "POST" && path.endsWith("/messages")) return json({ turn_id: "t.1", events_url: "" }, 202);
  return path === "/v1/turns/t.1/events" ? new Response(TURN) : undefined;
};

const hasDraft = (state: AppState): boolean => chatOf(state).draft !== undefined;

test("a message that finds no agent is sent again under the same key, and answered once", async () => {
  let refused = 0;
  const tab = new Tab((call) => {
    if (!call.path.endsWith("/messages") || refused === 2) return conversation(call);
    refused += 1;
    return problem(503, "UNAVAILABLE", "no ready endpoint");
  });
  await tab.app.start();
  void tab.app.conversations.send("post the orders");
  await tab.until((state) =>
    chatOf(state).items.some((item) => item.kind === "user" && item.fault === "no ready endpoint"),
  );
  await tab.until(hasDraft);

  const sent = tab.sent("POST", "/v1/conversations/id1/messages");
  expect(sent.map(({ body }) => body["request_id"])).toEqual(["id2", "id2", "id2"]);
  expect(sent[0]?.headers).toMatchObject({ prefer: "respond-async" });
  expect(chatOf(tab.state).items.map(({ kind }) => kind)).toEqual(["user", "answer"]);
});

/** A stream of events that the test writes. */
class Connection {
  readonly response: Response;
  #controller: ReadableStreamDefaultController<Uint8Array> | undefined;

  constructor() {
    this.response = new Response(new ReadableStream({ start: (controller) => void (this.#controller = controller) }));
  }

  write(name: string, data: object): void {
    this.#controller?.enqueue(new TextEncoder().encode(`event: ${name}\ndata: ${JSON.stringify(data)}\n\n`));
  }

  break(): void {
    this.#controller?.error(new TypeError("network error"));
  }
}

test("an answer that no agent works on says so, with each heartbeat anew, until its text goes on", async () => {
  const [first, second] = [new Connection(), new Connection()];
  const connections = [first, second];
  const tab = new Tab((call) =>
    call.path === "/v1/turns/t.1/events" ? connections.shift()?.response : conversation(call),
  );
  const untilLink = (wanted: string): Promise<void> =>
    tab.until((state) => chatOf(state).items.some((item) => item.kind === "answer" && item.link === wanted));
  await tab.app.start();
  void tab.app.conversations.send("post the orders");

  await untilLink("live");
  first.write("message", { message: "Here ", fence: "1-a" });
  await untilLink("quiet");
  first.write("heartbeat", { heartbeat: { recovering: true } });
  await untilLink("recovering");
  first.break();
  await untilLink("broken");
  second.write("heartbeat", { heartbeat: {} });
  await untilLink("quiet");
  second.write("heartbeat", { heartbeat: { recovering: true } });
  await untilLink("recovering");
  second.write("message", { message: "it is.", fence: "2-b" });
  await untilLink("live");
  second.write("turn_completed", { turn_completed: {}, fence: "2-b" });
  await tab.until(({ announcement }) => announcement === "Here it is.");
});

test("a message that is refused says why, and can be sent again", async () => {
  const tab = new Tab(({ path }) =>
    path.endsWith("/messages") ? problem(422, "REQUEST_ID_REUSED", "other content under this key") : undefined,
  );
  await tab.app.start();
  void tab.app.conversations.send("post the orders");
  await tab.until((state) => chatOf(state).items.some((item) => item.kind === "user" && item.state === "failed"));
  expect(chatOf(tab.state).items).toMatchObject([{ fault: "other content under this key" }]);
});

test("values that were missing are stored with the draft; a workflow that changed elsewhere is not overwritten", async () => {
  let version = 0;
  const tab = new Tab((call) => {
    if (call.method === "POST" && call.path === "/v1/workflows") {
      version += 1;
      return json({ id: `w${version}`, version: 1, spec: call.body["spec"] }, 201);
    }
    if (call.method === "PUT") return problem(412, "VERSION_CONFLICT", "it has version 2");
    return conversation(call);
  });
  await tab.app.start();
  void tab.app.conversations.send("post the orders");
  await tab.until(hasDraft);
  tab.app.workflows.answer("post", "/url", "https://example.com/a");
  await tab.app.workflows.save();
  expect(tab.sent("POST", "/v1/workflows")[0]?.body["spec"]).toMatchObject({
    nodes: [{}, { configuration: { method: "POST", url: "https://example.com/a" }, needs_input: [] }],
  });

  tab.app.workflows.answer("post", "/url", "https://example.com/b");
  await tab.app.workflows.save();
  expect(tab.sent("PUT", "/v1/workflows/w1")[0]?.headers).toMatchObject({ "if-match": '"1"' });
  expect(tab.state.fault).toMatch(/changed or deleted elsewhere. Save again/);
  await tab.app.workflows.save();
  expect(chatOf(tab.state).stored?.id).toBe("w2");
});

test("a credential that is refused is forgotten with its reason, and one that cannot be a header is not sent", async () => {
  const tab = new Tab(({ headers }) =>
    headers["authorization"] === "Bearer atk_right"
      ? undefined
      : problem(401, headers["authorization"] === undefined ? "CREDENTIAL_MISSING" : "API_KEY_UNKNOWN", "not known"),
  );
  await tab.app.start();
  expect(tab.state).toMatchObject({ phase: "sign-in", signInFault: "" });
  await tab.app.signIn("atk_wrong");
  expect(tab.state).toMatchObject({ phase: "sign-in", signInFault: "not known", fault: "" });
  expect([...tab.memory.keys()]).toEqual([]);
  const before = tab.calls.length;
  await tab.app.signIn("schlüssel");
  expect(tab.calls).toHaveLength(before);
  await tab.app.signIn(" atk_right ");
  expect(tab.state).toMatchObject({ phase: "ready", isSignedIn: true });
  tab.app.signOut();
  expect([...tab.memory.keys()]).toEqual([]);
});

const read: Answer = ({ path }) => {
  if (path === "/v1/workflows/wf1") return json({ id: "wf1", version: 2, spec: DRAFT, active: false });
  if (!path.startsWith("/v1/conversations/")) return undefined;
  const messages = [
    { role: "USER", text: "fetch it" },
    { role: "ASSISTANT", text: "Saved.", turn_id: "t.1" },
  ];
  return json({ messages, draft: DRAFT, active_turn_id: "", open_questions: [], stored_workflow_id: "wf1" });
};

test("a conversation of another tab is listed and opened, with the workflow as which its draft was stored in the chat", async () => {
  const listed: Answer = (call) =>
    call.path.startsWith("/v1/conversations?")
      ? json({ conversations: [{ conversation_id: "other1", title: "fetch it" }], next_page_token: "" })
      : read(call);
  const tab = new Tab(listed);
  await tab.app.start();
  await tab.until(({ conversations }) => conversations.length > 0);
  expect(tab.state.conversations).toEqual([{ id: "other1", title: "Fetch it" }]);
  expect(tab.state.current).toBe("id1");
  await tab.app.conversations.open("other1");
  expect(chatOf(tab.state)).toMatchObject({ draft: { spec: DRAFT }, stored: { id: "wf1", version: 2 } });
});

test("the list keeps what this tab has begun until the server lists it, and the workflow of what it stored", async () => {
  let conversations = [{ conversation_id: "old1", title: "post it" }];
  const tab = new Tab((call) =>
    call.path.startsWith("/v1/conversations?") ? json({ conversations, next_page_token: "" }) : conversation(call),
  );
  await tab.app.start();
  await tab.app.conversations.send("fetch it");
  await tab.app.conversations.refresh();
  expect(tab.state.conversations.map(({ id }) => id)).toEqual(["id1", "old1"]);

  conversations = [{ conversation_id: "id1", title: "fetch it" }, ...conversations];
  await tab.app.conversations.refresh();
  expect(tab.state.conversations).toEqual([
    { id: "id1", title: "Fetch it" },
    { id: "old1", title: "Post it" },
  ]);

  conversations = [];
  await tab.app.conversations.refresh();
  expect(tab.state.conversations).toEqual([]);
});

/** The API for keys: each key's conversations, and the keys that are refused. */
function keyed(refused: ReadonlySet<string>): Answer {
  return (call) => {
    const key = (call.headers["authorization"] ?? "").replace("Bearer ", "");
    if (key === "" || refused.has(key)) return problem(401, "API_KEY_UNKNOWN", "not known");
    if (!call.path.startsWith("/v1/conversations?")) return read(call);
    return json({ conversations: [{ conversation_id: `of-${key}`, title: `of ${key}` }], next_page_token: "" });
  };
}

const listedIds = ({ conversations }: AppState): readonly string[] => conversations.map(({ id }) => id);

test("after a refused credential another person sees nothing of the one before, and the same person goes on", async () => {
  const refused = new Set<string>();
  const tab = new Tab(keyed(refused));
  await tab.app.start();
  await tab.app.signIn("anna");
  await tab.app.conversations.open("of-anna");
  refused.add("anna");
  await expect(tab.app.conversations.refresh()).rejects.toThrow("not known");
  expect(tab.state.phase).toBe("sign-in");
  expect([...tab.memory.keys()]).toEqual([]);

  refused.delete("anna");
  await tab.app.signIn("anna");
  expect(tab.state).toMatchObject({ phase: "ready", current: "of-anna" });
  refused.add("anna");
  await expect(tab.app.conversations.refresh()).rejects.toThrow("not known");
  await tab.app.signIn("berta");
  expect(listedIds(tab.state)).toEqual(["of-berta"]);
  expect(JSON.stringify([tab.state, ...tab.memory])).not.toContain("anna");
});

test("what is said before the page has its conversation is sent when it has it, and shown in it", async () => {
  const tab = new Tab(conversation);
  const started = tab.app.start();
  void tab.app.conversations.send("post the orders");
  expect(tab.state.current).toBe("");
  await started;
  await tab.until(hasDraft);
  expect(tab.sent("POST", `/v1/conversations/${tab.state.current}/messages`)).toHaveLength(1);
  expect(chatOf(tab.state).items[0]).toMatchObject({ kind: "user", text: "post the orders", state: "sent" });
});

test("a change of the lists does not take back an address that was just entered", async () => {
  const tab = new Tab(conversation);
  await tab.app.start();
  tab.hash = "#/workflows/w1";
  await tab.app.runs.refresh();
  expect(tab.hash).toBe("#/workflows/w1");
});

test("answers that come after the sign-out are not shown", async () => {
  const tab = new Tab(keyed(new Set()));
  await tab.app.start();
  await tab.app.signIn("anna");
  const late = [tab.app.conversations.refresh(), tab.app.runs.refresh(), tab.app.workflows.refresh()];
  tab.app.signOut();
  const results = await Promise.allSettled(late);
  expect(results.map(({ status }) => status)).toEqual(["rejected", "rejected", "rejected"]);
  expect(tab.state).toMatchObject({ phase: "sign-in", conversations: [], chats: {}, fault: "" });
  expect([...tab.memory.keys()]).toEqual([]);
});

test("a refusal of the credential before does not sign out the person after", async () => {
  const refused = new Set<string>();
  const tab = new Tab(keyed(refused));
  await tab.app.start();
  await tab.app.signIn("anna");
  refused.add("anna");
  const late = tab.app.conversations.refresh();
  tab.app.signOut();
  const entered = tab.app.signIn("berta");
  await expect(late).rejects.toThrow("The credential has changed");
  await entered;
  expect(tab.state).toMatchObject({ phase: "ready", isSignedIn: true });
});

test("the list of conversations is read to its last page, at most 50 entries", async () => {
  const tab = new Tab(({ path }) => {
    if (!path.startsWith("/v1/conversations?")) return undefined;
    const page = Number(/page_token=(\d+)/.exec(path)?.[1] ?? 0);
    const conversations = Array.from({ length: 20 }, (_, at) => ({
      conversation_id: `c${page * 20 + at}`,
      title: "a",
    }));
    return json({ conversations, next_page_token: `${page + 1}` });
  });
  await tab.app.start();
  expect(listedIds(tab.state)).toEqual(Array.from({ length: 50 }, (_, at) => `c${at}`));
  expect(tab.calls.filter(({ path }) => path.startsWith("/v1/conversations?"))).toHaveLength(3);
});

test("conversations are listed at the start and when the tab is seen again, not every ten seconds", async () => {
  const tab = new Tab(() => undefined);
  const count = (list: string): number => tab.calls.filter(({ path }) => path.startsWith(`/v1/${list}?`)).length;
  await tab.app.start();
  const runs = count("runs");
  tab.clock.advance(10_000);
  expect([count("runs") - runs, count("conversations")]).toEqual([1, 1]);
  tab.app.didShow(false);
  tab.app.didShow(true);
  expect([count("runs") - runs, count("conversations")]).toEqual([2, 2]);
});

test("a conversation that went on in another tab is read again when it is opened", async () => {
  const messages = [{ role: "USER", text: "fetch it" }];
  const tab = new Tab(({ path }) =>
    path.startsWith("/v1/conversations/")
      ? json({ messages: [...messages], active_turn_id: "", open_questions: [] })
      : undefined,
  );
  await tab.app.start();
  await tab.app.conversations.open("other1");
  const before = chatOf(tab.state).items;
  await tab.app.conversations.open("other1");
  expect(chatOf(tab.state).items).toBe(before);
  messages.push({ role: "ASSISTANT", text: "Where?" }, { role: "USER", text: "there" });
  await tab.app.conversations.open("other1");
  expect(chatOf(tab.state).items).toHaveLength(3);
});

test("conversations that cannot be listed leave those of the tab", async () => {
  const tab = new Tab(conversation);
  await tab.app.start();
  await tab.app.conversations.send("fetch it");
  await expect(tab.app.conversations.refresh()).rejects.toThrow();
  expect(tab.state.conversations).toHaveLength(1);
});
