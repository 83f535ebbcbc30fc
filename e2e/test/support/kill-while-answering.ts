/** What a reader at the gateway sees while the agent that answers is killed: nothing but a text that continues. */

import type { TaskDescription } from "@agent-team/local-cloud";
import { expect } from "vitest";
import type { TestCloud } from "./cloud.ts";
import { converse, ORDERS_REQUEST, parseEvents, type ServerEvent, textOf } from "./conversation.ts";
import { Load } from "./load.ts";

/** Kills the agent of one answer, which another agent must finish. Calls begin at that moment, until the replacement gets some. */
export async function killWhileAnswering(cloud: TestCloud): Promise<void> {
  // The answer names its conversation.
  const whole = textOf(await converse(cloud.url, "undisturbed", ORDERS_REQUEST)).replace("undisturbed", "killed");
  const before = cloud.tasks("workflow-agent").map(({ id }) => id);
  let load: Load | undefined;
  const events = await answerWhile(cloud, "killed", async () => {
    await cloud.killTask((await answering(cloud)).id);
    load = new Load(cloud);
  });
  await cloud.steady("workflow-agent");
  const replacement = cloud.tasks("workflow-agent").find(({ id }) => !before.includes(id));
  while ((await servedBy(replacement as TaskDescription)) === 0) await load?.more(4);
  await load?.stop();

  expect(textOf(events)).toBe(whole);
  expect(events.at(-1)).toMatchObject({
    name: "turn_completed",
    data: { turn_completed: { usage: { takeovers: 1 } } },
  });
  const numbers = events.map(({ data }) => data["sequence"]).filter((sequence) => sequence !== undefined);
  expect(numbers).toEqual(numbers.map((_, at) => at + 1));
  const stored = await (await fetch(`${cloud.url}/v1/conversations/killed`)).json();
  expect(stored).toMatchObject({ messages: [{ text: ORDERS_REQUEST }, { text: whole }] });
  expect(load?.errors).toEqual([]);
  expect(load?.texts.size).toBe(1);
}

/** Sends the message, calls `disrupt` after some text, and reads the answer to its end. */
async function answerWhile(
  cloud: TestCloud,
  conversation: string,
  disrupt: () => Promise<void>,
): Promise<readonly ServerEvent[]> {
  const response = await fetch(`${cloud.url}/v1/conversations/${conversation}/messages`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ message: ORDERS_REQUEST }),
  });
  let text = "";
  let disruption: Promise<void> | undefined;
  for await (const chunk of (response.body as ReadableStream<Uint8Array>).pipeThrough(new TextDecoderStream())) {
    text += chunk;
    if (textOf(parseEvents(text)).length > 60) disruption ??= disrupt();
  }
  await disruption;
  return parseEvents(text);
}

/** The agent that has a call under way. */
export async function answering(cloud: TestCloud): Promise<TaskDescription> {
  for (const task of cloud.tasks("workflow-agent")) {
    if (/^grpc_server_in_flight [1-9]/m.test(await metricsOf(task))) return task;
  }
  throw new Error("expected an agent with a call");
}

/** Calls that a task's gRPC server has answered. */
async function servedBy(task: TaskDescription): Promise<number> {
  return Number(/grpc_server_handled_total\{grpc_code="OK"\} (\d+)/.exec(await metricsOf(task))?.[1] ?? 0);
}

async function metricsOf({ host, healthPort }: TaskDescription): Promise<string> {
  return (await fetch(`http://${host}:${healthPort}/metrics`)).text();
}
