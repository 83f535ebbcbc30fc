// ListConversations: what the caller has, the newest change first, in pages.

import { FakeClock } from "@agent-team/foundation/fake-clock";
import { InProcessJournal, JournalError } from "@agent-team/journal";
import { Code, ConnectError } from "@connectrpc/connect";
import { expect, test, vi } from "vitest";
import { conversationName, ownerTag } from "../src/ids.ts";
import { errorOf, type Fixture, passTime, passTimeUntil, say, startAgent, thinkingPlanner } from "./fixture.ts";
import { Life, REQUEST, reading, resumed } from "./two-agents.ts";

const idsOf = async (agent: Fixture["agent"]): Promise<readonly string[]> =>
  (await agent.listConversations({})).conversations.map(({ conversationId }) => conversationId);

test("conversations are listed with title, draft and time, the one that changed last first", async () => {
  const { agent, clock } = startAgent();
  await say(agent, "fetch https://example.com/orders", "orders");
  clock.advance(1_000);
  await say(agent, "hi", "greeting");
  clock.advance(1_000);
  await say(agent, "every day at 9am", "orders");

  const { conversations, nextPageToken } = await agent.listConversations({});
  expect(conversations).toMatchObject([
    { conversationId: "orders", title: "fetch https://example.com/orders", messageCount: 4, activeTurnId: "" },
    { conversationId: "greeting", title: "hi", messageCount: 2, draftName: "" },
  ]);
  const { draft, messages } = await agent.getConversation({ conversationId: "orders" });
  expect(conversations[0]).toMatchObject({ draftName: draft?.name, updateTime: messages.at(-1)?.createTime });
  expect(draft?.name).not.toBe("");
  expect(nextPageToken).toBe("");
});

test("another's conversation, and one that was deleted, are not listed; a copy is, under its own id", async () => {
  const { as } = startAgent();
  await say(as("ada"), "hi", "hers");
  await say(as("bob"), "hi", "his");
  await as("ada").copyConversation({ conversationId: "hers", targetConversationId: "copy" });
  expect([await idsOf(as("ada")), await idsOf(as("bob")), await idsOf(as("eve"))]).toEqual([
    ["copy", "hers"],
    ["his"],
    [],
  ]);
  await as("ada").deleteConversation({ conversationId: "hers" });
  expect(await idsOf(as("ada"))).toEqual(["copy"]);
});

test.for(["{", "7", "null", "{}", '{"kind":"live"}', '{"kind":"deleted","atMs":"now"}'])(
  "the unreadable document %s is omitted and reported once, and the other conversations are listed",
  async (text) => {
    const reported: string[] = [];
    const { agent, journal } = startAgent({ onUnreadable: (key) => void reported.push(key) });
    await say(agent, "hi", "first");
    const indexes = [`at:conversations/${ownerTag("local")}`];
    await journal.put("at:{broken}:conv", Buffer.from(text), { indexes });
    await say(agent, "hi", "second");

    expect(await idsOf(agent)).toEqual(["second", "first"]);
    expect(await idsOf(agent)).toEqual(["second", "first"]);
    expect(reported).toEqual(["at:{broken}:conv"]);
  },
);

test.for(["{ my secret", "null", '{"kind":"live","id":"my secret"}'])(
  "the unreadable document %s is DATA_LOSS for who reads it or adds to it, quotes nothing of itself, and is deleted",
  async (text) => {
    const reports: unknown[] = [];
    const onDefect = (error: unknown): void => void reports.push(error);
    const { agent, journal } = startAgent({ onUnreadable: (...report) => void reports.push(report), onDefect });
    await say(agent, "hi", "c1");
    const key = `at:{${conversationName("local", "c1").tag}}:conv`;
    await journal.put(key, Buffer.from(text), { indexes: [`at:conversations/${ownerTag("local")}`] });

    const read = [
      () => agent.getConversation({ conversationId: "c1" }),
      () => say(agent, "go on", "c1"),
      () => agent.copyConversation({ conversationId: "c1", targetConversationId: "c2" }),
    ];
    for (const call of read) {
      const error = await errorOf(call());
      expect([error.code, error.rawMessage]).toEqual([
        Code.DataLoss,
        "the stored conversation cannot be read: delete it, or begin another one",
      ]);
    }
    expect(reports).toEqual([[key, "conversation"]]);
    await agent.deleteConversation({ conversationId: "c1" });
    expect((await errorOf(agent.getConversation({ conversationId: "c1" }))).code).toBe(Code.NotFound);
    await say(agent, "hi again", "c1");
    expect((await agent.getConversation({ conversationId: "c1" })).messages).toHaveLength(2);
  },
);

test("a draft and a question of a later version are read without what this one does not know, and the draft keeps it", async () => {
  const reported: string[] = [];
  const { agent, journal } = startAgent({ onUnreadable: (key) => void reported.push(key) });
  await say(agent, "fetch https://example.com/orders", "c1");
  await say(agent, "every day", "c1"); // without a time, so that there is a question
  const key = `at:{${conversationName("local", "c1").tag}}:conv`;
  const stored = async (): Promise<StoredConversation> =>
    JSON.parse(Buffer.from((await journal.get(key))?.value ?? []).toString());
  const { draft, open, ...rest } = await stored();
  const later = {
    draft: { ...draft, later: { mode: "NEW" } },
    open: { ...open, questions: open.questions.map(withLater) },
  };
  const indexes = [`at:conversations/${ownerTag("local")}`];
  await journal.put(key, Buffer.from(JSON.stringify({ ...rest, ...later })), { indexes });

  expect(await idsOf(agent)).toEqual(["c1"]);
  const { openQuestions } = await agent.getConversation({ conversationId: "c1" });
  expect(openQuestions).toHaveLength(open.questions.length);
  await agent.copyConversation({ conversationId: "c1", targetConversationId: "c2" });
  await say(agent, "hi", "c1");
  expect((await stored()).draft).toEqual(later.draft);
  await agent.deleteConversation({ conversationId: "c1" });
  expect(reported).toEqual([]);
});

interface StoredConversation {
  readonly draft: object;
  readonly open: { readonly questions: readonly object[] };
}

const withLater = (question: object): object => ({ ...question, later: "NEW" });

test("a turn whose conversation cannot be read fails with that, and quotes nothing of it", async () => {
  const defects: unknown[] = [];
  const clock = new FakeClock();
  const store = new InProcessJournal({ clock });
  const life = new Life(store);
  const dead = startAgent({ journal: life.journal, clock, paceMs: 10, dies: true });
  const first = reading(dead.agent.processConversation(REQUEST));
  while (first.read.length < 6) await passTime(clock, 10);
  life.left = 0;
  await store.put(`at:{${conversationName("local", "c1").tag}}:conv`, Buffer.from("{ my secret"), { indexes: [] });
  const { agent } = startAgent({ journal: store, clock, onDefect: (error) => void defects.push(error), dies: true });

  const second = resumed(agent, first.read);
  expect(ConnectError.from(await passTimeUntil(clock, second.end)).code).toBe(Code.DataLoss);
  expect(second.read.at(-1)?.event).toMatchObject({ value: { reason: "CONVERSATION_UNREADABLE" } });
  expect(defects).toEqual([]);
});

test("pages lead through all of them once", async () => {
  const { agent } = startAgent();
  for (let at = 0; at < 7; at++) await say(agent, "hi", `c${at}`);
  const pages: string[][] = [];
  let pageToken = "";
  do {
    const page = await agent.listConversations({ pageSize: 3, pageToken });
    pages.push(page.conversations.map(({ conversationId }) => conversationId));
    pageToken = page.nextPageToken;
  } while (pageToken !== "");
  expect(pages).toEqual([["c6", "c5", "c4"], ["c3", "c2", "c1"], ["c0"]]);
});

test("a token of no page and a negative size are INVALID_ARGUMENT with the field", async () => {
  const { agent } = startAgent();
  const token = await errorOf(agent.listConversations({ pageToken: "no page had it" }));
  const size = await errorOf(agent.listConversations({ pageSize: -1 }));
  expect([token.code, token.rawMessage]).toEqual([
    Code.InvalidArgument,
    "page_token: expected the next_page_token of a page",
  ]);
  expect([size.code, size.rawMessage]).toEqual([Code.InvalidArgument, "page_size: expected 0 to 200, got -1"]);
});

test("a turn that runs is named, and a long first message is cut between characters", async () => {
  const { planner, thinks, goOn } = thinkingPlanner();
  const { agent } = startAgent({ planner });
  const turn = say(agent, `a${"😀".repeat(300)}`, "c1");
  await thinks;
  const [running] = (await agent.listConversations({})).conversations;
  const { activeTurnId } = await agent.getConversation({ conversationId: "c1" });
  expect(running).toMatchObject({ activeTurnId, title: `a${"😀".repeat(99)}`, messageCount: 1 });
  expect(activeTurnId).not.toBe("");
  goOn();
  await turn;
});

test("turns that the store does not answer for are named by their marks, and it is asked for one of them", async () => {
  const { planner, thinks, goOn } = thinkingPlanner();
  const { agent, journal, clock } = startAgent({ planner });
  const turns = ["c1", "c2", "c3"].map((id) => say(agent, "go", id));
  await thinks;
  await expect.poll(async () => (await agent.listConversations({})).conversations.length).toBe(3);
  const other = startAgent({ journal, clock, dies: true });
  const get = vi.spyOn(journal, "get").mockRejectedValue(new JournalError("unavailable", "no answer"));

  const { conversations } = await other.agent.listConversations({});
  expect(conversations.map(({ activeTurnId }) => activeTurnId !== "")).toEqual([true, true, true]);
  expect(get).toHaveBeenCalledTimes(1);
  get.mockRestore();
  goOn();
  await Promise.all(turns);
});
