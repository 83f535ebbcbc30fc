// The README's reader of an answer, as it stands there: the agent that answers is killed, then the only gateway, and the text is whole.

import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { agentTeamServices, type TaskDescription } from "@agent-team/local-cloud";
import { expect, onTestFinished, test } from "vitest";
import { cloudOfTest } from "../test/support/cloud.ts";
import { converse, textOf } from "../test/support/conversation.ts";
import { answering } from "../test/support/kill-while-answering.ts";

const README = readFileSync(join(import.meta.dirname, "..", "..", "README.md"), "utf8");

/** Between two pieces of an answer: it is under way while two tasks die. */
const services = agentTeamServices({ environment: { PLANNER_PACE_MS: "150" } });

test("the README's reader prints the whole text once while the agent and the gateway are killed", async () => {
  const [block = "", ...others] = [...README.matchAll(/^```js\n(.*?)^```$/gms)].map(([, code]) => code);
  expect(others).toEqual([]);
  expect(block.trimEnd().split("\n").length).toBeLessThanOrEqual(20);
  await using cloud = await cloudOfTest("127.54.0.0/16", { services });
  const [, message = ""] = /message: "(.*?)"/.exec(block) ?? [];
  const whole = textOf(await converse(cloud.url, "undisturbed", message)).replaceAll("undisturbed", "test-125");

  const code = block.replaceAll("http://127.0.0.1:8000", cloud.url);
  const reader = spawn(process.execPath, ["--input-type=module", "--eval", code], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  onTestFinished(() => void reader.kill("SIGKILL"));
  const printed = text(reader.stdout);
  const turnId = await expect.poll(activeTurn).toBeTruthy().then(activeTurn);
  const killed = await whoAnswers();
  await cloud.killTask(killed.id);
  const successor = await whoAnswers();
  expect(successor.id).not.toBe(killed.id);
  await cloud.killTask(String(cloud.tasks("api-gateway")[0]?.id));

  expect(await printed).toBe(`${whole}\n`);
  const stored = await fetch(`${cloud.url}/v1/conversations/test-125`);
  expect(await stored.json()).toMatchObject({ messages: [{ text: message }, { text: whole, turn_id: turnId }] });
  const events = await (await fetch(`${cloud.url}/v1/turns/${turnId}/events`)).text();
  expect(events).toContain('"takeovers":1');

  async function whoAnswers(): Promise<TaskDescription> {
    return await expect
      .poll(() => answering(cloud).catch(() => undefined))
      .toBeDefined()
      .then(() => answering(cloud));
  }

  async function activeTurn(): Promise<string> {
    const response = await fetch(`${cloud.url}/v1/conversations/test-125`);
    return ((await response.json()) as { readonly active_turn_id?: string }).active_turn_id ?? "";
  }
});
