// Two subjects share an agent: neither can tell what belongs to the other from what is not there.
import { ErrorInfoSchema } from "@agent-team/contracts";
import { IDENTITY_HEADER } from "@agent-team/grpc-server";
import { Code, ConnectError } from "@connectrpc/connect";
import fc from "fast-check";
import { expect, test } from "vitest";
import { collect, type Fixture, say, startAgent, textOf, thinkingPlanner } from "./fixture.ts";

type Agent = Fixture["agent"];

async function endOf(call: Promise<unknown>): Promise<unknown> {
  try {
    return await call;
  } catch (thrown) {
    const error = ConnectError.from(thrown);
    return { code: Code[error.code], text: error.rawMessage, details: error.findDetails(ErrorInfoSchema) };
  }
}

/** A message with its id taken out, so that answers about two ids can be compared. */
function without(id: string, end: unknown): string {
  return JSON.stringify(end, (_, value) => (typeof value === "bigint" ? String(value) : value)).replaceAll(id, "ID");
}

test.for([
  ["GetConversation", (agent: Agent, id: string) => agent.getConversation({ conversationId: id })],
  ["DeleteConversation", (agent: Agent, id: string) => agent.deleteConversation({ conversationId: id })],
] as const)("%s of another's conversation is that of an unknown one", async ([, call]) => {
  const { as } = startAgent();
  await say(as("ada"), "fetch https://example.com/orders", "hers");

  const foreign = await endOf(call(as("bob"), "hers"));
  const unknown = await endOf(call(as("bob"), "none"));

  expect(foreign).toMatchObject({ code: "NotFound" });
  expect(without("hers", foreign)).toBe(without("none", unknown));
  expect((await as("ada").getConversation({ conversationId: "hers" })).messages).toHaveLength(2);
});

test("a caller cannot cancel another owner's turn, and receives the error of an unknown turn", async () => {
  const { planner, thinks, goOn } = thinkingPlanner();
  const { as } = startAgent({ planner });
  const turn = say(as("ada"), "go");
  const signal = await thinks;
  const { activeTurnId } = await as("ada").getConversation({ conversationId: "c1" });

  const foreign = await endOf(as("bob").cancelTurn({ turnId: activeTurnId }));
  const unknown = await endOf(as("bob").cancelTurn({ turnId: "none" }));
  expect(activeTurnId).not.toBe("");
  expect(foreign).toMatchObject({ code: "NotFound" });
  expect(without(activeTurnId, foreign)).toBe(without("none", unknown));
  expect(signal.aborted).toBe(false);

  goOn();
  expect(textOf(await turn)).toBe("Hm. Done.");
});

test("the same conversation id of two subjects is two conversations, also during two turns at once", async () => {
  const { planner, thinks, goOn } = thinkingPlanner();
  const { as } = startAgent({ planner });
  const hers = say(as("ada"), "her words", "shared");
  await thinks;
  const his = say(as("bob"), "his words", "shared");
  goOn();

  const [adas, bobs] = [await hers, await his];
  expect(adas[0]?.turnId).not.toBe(bobs[0]?.turnId);
  const textsOf = async (subject: string): Promise<string[]> =>
    (await as(subject).getConversation({ conversationId: "shared" })).messages.map(({ text }) => text);
  expect(await textsOf("ada")).toEqual(["her words", "Hm. Done."]);
  expect(await textsOf("bob")).toEqual(["his words", "Hm. Done."]);
});

test("the same request id of two subjects is two turns", async () => {
  const { as } = startAgent();
  const turnOf = async (subject: string): Promise<string | undefined> => {
    const request = { conversationId: "c1", message: "hi", requestId: "r1" };
    return (await collect(as(subject).processConversation(request)))[0]?.turnId;
  };

  expect(await turnOf("ada")).not.toBe(await turnOf("bob"));
});

test("no subject reads another subject's messages, for any subjects and conversation ids", async () => {
  const text = fc.string({ unit: "grapheme", minLength: 1, maxLength: 20 });
  const id = fc.stringMatching(/^[A-Za-z0-9._-]{1,20}$/);
  await fc.assert(
    fc.asyncProperty(text, text, id, id, async (owner, other, conversationId, asked) => {
      fc.pre(owner !== other);
      const { as } = startAgent();
      await say(as(owner), "the secret plan", conversationId);

      expect(await endOf(as(other).getConversation({ conversationId: asked }))).toMatchObject({ code: "NotFound" });
      expect((await as(owner).getConversation({ conversationId })).messages[0]?.text).toBe("the secret plan");
    }),
    { numRuns: 50 },
  );
});

test("the engine receives the identity of the caller", async () => {
  const asked: (string | null)[] = [];
  const { as } = startAgent({
    engine: {
      validateWorkflow(_, { requestHeader }) {
        asked.push(requestHeader.get(IDENTITY_HEADER));
        return { issues: [] };
      },
    },
  });
  await say(as("ada"), "every day at 9am fetch https://example.com/orders");

  expect(asked).toEqual(["signed ada for workflow-engine"]);
});
