/**
 * The agent that answers is lost in the middle of the answer. The reader at the gateway notices nothing: the text goes on where it
 * stopped, and the planner of the turn is not asked for a second turn.
 */

import { agentTeamServices, type TaskDescription } from "@agent-team/local-cloud";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startTestCloud, type TestCloud } from "./support/cloud.ts";
import { converse, ORDERS_REQUEST, parseEvents, type ServerEvent, textOf } from "./support/conversation.ts";

let cloud: TestCloud;

beforeAll(async () => {
  // Its pace keeps the answer under way for two seconds.
  cloud = await startTestCloud("127.35.0.0/16", {
    services: agentTeamServices({ environment: { PLANNER_PACE_MS: "40" } }),
  });
});
afterAll(() => cloud?.close());

/** The agent that has a call under way. */
async function answering(): Promise<TaskDescription> {
  for (const task of cloud.tasks("workflow-agent")) {
    const metrics = await (await fetch(`http://${task.host}:${task.healthPort}/metrics`)).text();
    if (/^grpc_server_in_flight [1-9]/m.test(metrics)) return task;
  }
  throw new Error("expected an agent with a call");
}

/** Sends the message, loses the agent after some text, and reads the answer to its end. */
async function answerWhile(
  conversation: string,
  lose: (task: TaskDescription) => Promise<void>,
): Promise<readonly ServerEvent[]> {
  const response = await fetch(`${cloud.url}/v1/conversations/${conversation}/messages`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ message: ORDERS_REQUEST }),
  });
  let text = "";
  let lost: Promise<void> | undefined;
  for await (const chunk of (response.body as ReadableStream<Uint8Array>).pipeThrough(new TextDecoderStream())) {
    text += chunk;
    if (lost === undefined && textOf(parseEvents(text)).length > 60) lost = answering().then(lose);
  }
  await lost;
  expect(lost).toBeDefined();
  return parseEvents(text);
}

test.for([
  ["killed", (task: TaskDescription) => cloud.killTask(task.id)],
  ["stopped with SIGTERM", (task: TaskDescription) => cloud.stopTask(task.id)],
] as const)("an agent that is %s in the middle of an answer costs no character", async ([how, lose]) => {
  const conversation = how.replaceAll(" ", "-");
  // The answer names its conversation.
  const whole = textOf(await converse(cloud.url, "undisturbed", ORDERS_REQUEST)).replace("undisturbed", conversation);
  const events = await answerWhile(conversation, lose);
  await cloud.steady("workflow-agent");

  expect(textOf(events)).toBe(whole);
  expect(events.at(-1)?.name).toBe("turn_completed");
  const numbers = events.map(({ data }) => data["sequence"]).filter((sequence) => sequence !== undefined);
  expect(numbers).toEqual(numbers.map((_, at) => at + 1));
  expect(events.at(-1)?.data).toMatchObject({ turn_completed: { usage: { takeovers: 1 } } });
  const stored = await (await fetch(`${cloud.url}/v1/conversations/${conversation}`)).json();
  expect(stored).toMatchObject({ messages: [{ text: ORDERS_REQUEST }, { text: whole }] });
});
