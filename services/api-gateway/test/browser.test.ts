// A browser's own EventSource, on a page of another origin: the agents and the gateway are lost under it, and the text is whole.

import { createHash } from "node:crypto";
import { once } from "node:events";
import type { ProcessConversationRequest, ProcessConversationResponseSchema } from "@agent-team/contracts";
import type { MessageInitShape } from "@bufbuild/protobuf";
import { Code, ConnectError, type HandlerContext } from "@connectrpc/connect";
import { expect, test, vi } from "vitest";
import { ChromiumPage, whyNoChromium } from "./chromium.ts";
import { startTestGateway } from "./test-gateway.ts";

type Event = MessageInitShape<typeof ProcessConversationResponseSchema>;

const WORDS = ["one ", "two ", "three ", "four ", "five ", "six."];
const TURN: readonly Event[] = [
  ...WORDS.map((message, at) => ({ sequence: at + 1, turnId: "t.1", fence: "1-a", message })),
  { sequence: WORDS.length + 1, turnId: "t.1", fence: "1-a", event: { case: "turnCompleted", value: {} } },
];

/** Reads the turn as a page would: it keeps what came, and stops when the browser gives up or is told to. */
const scriptFor = (url: string, eventsUrl: string): string => `
  const source = new EventSource("${url}" + ${eventsUrl});
  const ids = [];
  let text = "";
  source.addEventListener("message", ({ data, lastEventId }) => {
    ids.push(lastEventId.replace(/~.*/, ""));
    text += JSON.parse(data).message;
  });
  source.addEventListener("turn_completed", ({ lastEventId }) => ids.push(lastEventId.replace(/~.*/, "")));
  // An EventSource connects again after any end. The 204 after the last event closes it.
  source.onerror = () => {
    if (source.readyState === EventSource.CLOSED) report({ text, ids });
  };
`;

const KEY = "atk_ada";
const WITH_KEYS = {
  AUTH_MODE: "api_key",
  API_KEYS: `ada:${createHash("sha256").update(KEY).digest("hex")}`,
  IDENTITY_SECRET: "x".repeat(32),
};

/** Expressions of the page. */
const PLAIN = (): string => `"/v1/turns/t.1/events"`;
const BY_TICKET = (url: string): string =>
  `(await (await fetch("${url}/v1/turns/t.1/tickets", { method: "POST", headers: { "x-api-key": "${KEY}" } })).json()).events_url`;

test.for([
  ["without a credential", {}, PLAIN],
  ["with a ticket", WITH_KEYS, BY_TICKET],
] as const)(
  "an EventSource %s loses the agents, then the gateway, and gets the whole text once; 204 closes it",
  async ([, auth, eventsUrl], { skip }) => {
    skip(whyNoChromium !== undefined, whyNoChromium);
    const cursors: number[] = [];
    const isHeld = Promise.withResolvers<void>();
    const gatewayIsLost = Promise.withResolvers<void>();
    async function* processConversation({
      resumeAfterSequence: after,
    }: ProcessConversationRequest): AsyncGenerator<Event> {
      cursors.push(after);
      if (after > 2) return yield* TURN.slice(after);
      yield* TURN.slice(after, after + 2);
      if (after === 0) throw new ConnectError("no ready endpoint", Code.Unavailable);
      isHeld.resolve();
      await gatewayIsLost.promise;
    }
    await using page = await ChromiumPage.create();
    const options = { agent: { processConversation }, env: { ...auth, CORS_ORIGINS: page.origin } };
    await using first = await startTestGateway(options);
    const reported = page.run(scriptFor(first.url, eventsUrl(first.url)));
    await isHeld.promise;
    await first[Symbol.asyncDispose]();
    gatewayIsLost.resolve();
    await using _second = await startTestGateway({
      ...options,
      env: { ...options.env, HTTP_PORT: String(first.port) },
    });

    expect(await reported).toEqual({ text: WORDS.join(""), ids: TURN.map(({ sequence }) => `t.1.${sequence}-1-a`) });
    expect(cursors).toEqual([0, 2, 4, 7]);
  },
);

test("an EventSource with a ticket that finds no place for its stream waits, and reads the whole turn when there is one", async ({
  skip,
}) => {
  skip(whyNoChromium !== undefined, whyNoChromium);
  async function* processConversation(
    { turnId, resumeAfterSequence: after }: ProcessConversationRequest,
    { signal }: HandlerContext,
  ): AsyncGenerator<Event> {
    if (turnId === "t.1") return yield* TURN.slice(after);
    yield { sequence: 1, turnId: "t.2", fence: "1-a", message: "holds the only place" };
    await once(signal, "abort");
  }
  await using page = await ChromiumPage.create();
  const env = { ...WITH_KEYS, STREAMS_PER_SUBJECT: "1", CORS_ORIGINS: page.origin };
  await using gateway = await startTestGateway({ agent: { processConversation }, env });
  const other = await fetch(`${gateway.url}/v1/turns/t.2/events`, { headers: { "x-api-key": KEY } });
  const reported = page.run(scriptFor(gateway.url, BY_TICKET(gateway.url)));
  const refused = /^gateway_event_streams_refused_total 1$/m;
  await vi.waitUntil(async () => refused.test(await (await fetch(`${gateway.healthUrl}/metrics`)).text()), {
    timeout: 30_000,
  });
  await other.body?.cancel();

  expect(await reported).toEqual({ text: WORDS.join(""), ids: TURN.map(({ sequence }) => `t.1.${sequence}-1-a`) });
});
