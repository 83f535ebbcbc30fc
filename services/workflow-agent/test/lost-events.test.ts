// A store that loses the last events of a turn, as a replica may that takes over, and loses more of them while a caller comes back.

import type { ProcessConversationResponse } from "@agent-team/contracts";
import { FakeClock } from "@agent-team/foundation/fake-clock";
import { InProcessJournal, type Journal } from "@agent-team/journal";
import { expect, test } from "vitest";
import type { Planner, PlannerEvent } from "../src/planner.ts";
import { collect, passTime, passTimeUntil, startAgent } from "./fixture.ts";
import { REQUEST } from "./two-agents.ts";

/** Of a planner that begins again when its turn is taken over: `one 1two 1three 1four 1`. */
const WORDS = ["one ", "two ", "three ", "four "];

/** Two events that begin the turn, and a word each. */
const BEFORE_WORDS = 2;

/** The conversation and the turn as they were when the log of the turn had so many events. The turn is due. */
async function rolledBack(
  journal: Journal,
  turnId: string,
  { clock, events }: { readonly clock: FakeClock; readonly events: number },
): Promise<Journal> {
  const [tag, name] = turnId.split(".");
  const key = `at:{${tag}}:turn/${name}`;
  const turn = await journal.get(key);
  const { records = [] } = (await journal.read(key)) ?? {};
  const older = new InProcessJournal({ clock });
  await older.put(key, turn?.value ?? new Uint8Array());
  await older.append(key, records.slice(0, 1 + events), { expectedVersion: 1 }); // behind the mark of its first agent
  await older.put(`at:{${tag}}:conv`, (await journal.get(`at:{${tag}}:conv`))?.value ?? new Uint8Array());
  await older.schedule("turns", [turnId], 0);
  return older;
}

/** What a person sees in the end. */
function shownText(responses: readonly ProcessConversationResponse[]): string {
  let shown: ProcessConversationResponse[] = [];
  for (const response of responses) {
    const { event } = response;
    if (event.case === "outputTruncated") {
      const { keepThroughSequence } = event.value;
      shown = shown.filter(({ sequence }) => sequence <= keepThroughSequence);
    }
    shown.push(response);
  }
  return shown.map(({ message }) => message).join("");
}

test("a caller that has lost its connection behind a truncation is told of a second loss", async () => {
  const clock = new FakeClock();
  const started = Promise.withResolvers<void>();
  const planner = (agent: number): Planner => ({
    name: "wordy/1",
    continuation: "restart",
    async *plan(): AsyncGenerator<PlannerEvent> {
      for (const word of WORDS) yield { kind: "text", text: `${word}${agent}` };
      if (agent === 1) started.resolve();
      if (agent === 1) await new Promise(() => {}); // it dies before the turn ends
    },
  });
  const one = startAgent({ clock, planner: planner(1), dies: true });
  const read: ProcessConversationResponse[] = [];
  void (async () => {
    for await (const response of one.agent.processConversation(REQUEST)) read.push(response);
  })().catch(() => {});
  await started.promise;
  await expect.poll(() => read.length).toBe(BEFORE_WORDS + WORDS.length);
  const [{ turnId } = { turnId: "" }] = read;

  // The store has lost two of the four words. The caller is told so, and then loses its connection.
  const lossy = await rolledBack(one.journal, turnId, { clock, events: BEFORE_WORDS + 2 });
  const two = startAgent({ clock, journal: lossy, planner: planner(2), dies: true });
  const last = read.at(-1);
  const second = two.agent.processConversation({
    turnId,
    resumeAfterSequence: last?.sequence ?? 0,
    resumeFence: last?.fence ?? "",
  });
  const truncation = (await second[Symbol.asyncIterator]().next()).value as ProcessConversationResponse;
  expect(truncation).toMatchObject({ sequence: 0, event: { value: { keepThroughSequence: BEFORE_WORDS + 2 } } });
  read.push(truncation);

  // It has lost one more word, and another agent has written more events than the caller has before the caller comes back.
  const lossier = await rolledBack(one.journal, turnId, { clock, events: BEFORE_WORDS + 1 });
  const three = startAgent({ clock, journal: lossier, planner: planner(3), dies: true });
  await three.instance.tick();
  await passTime(clock, 100);
  const { fence } = truncation;
  const rest = three.agent.processConversation({ turnId, resumeAfterSequence: BEFORE_WORDS + 2, resumeFence: fence });
  read.push(...(await passTimeUntil(clock, collect(rest))));

  const { messages } = await three.agent.getConversation({ conversationId: "c1" });
  expect(messages.at(-1)?.text).toBe("one 3two 3three 3four 3");
  expect(shownText(read)).toBe("one 3two 3three 3four 3");
});
