/** Workflows and their runs, by the HTTP API of a gateway. */

import { expect } from "vitest";
import { postJson } from "./conversation.ts";

export type Json = Readonly<Record<string, unknown>>;

/** Stores a workflow, and returns its id. */
export async function storeWorkflow(url: string, spec: unknown): Promise<string> {
  return await created(`${url}/v1/workflows`, { spec });
}

/** Starts a run, and returns its id. */
export async function startRun(url: string, workflowId: string, input?: unknown): Promise<string> {
  return await created(`${url}/v1/workflows/${workflowId}/runs`, { input });
}

/** Reads a run until its state matches. Answers while engines are replaced do not count. */
export async function runReaches(
  url: string,
  runId: string,
  state: RegExp,
  credential: Readonly<Record<string, string>> = {},
): Promise<Json> {
  let run: Json = {};
  const read = async (): Promise<unknown> => {
    const response = await fetch(`${url}/v1/runs/${runId}`, { headers: credential });
    if (response.ok) run = (await response.json()) as Json;
    return run["state"];
  };
  await expect.poll(read).toMatch(state);
  return run;
}

/** Runs a workflow, and reads its run at the end. */
export async function runToItsEnd(url: string, workflowId: string, input?: unknown): Promise<Json> {
  return await runReaches(url, await startRun(url, workflowId, input), /SUCCEEDED|FAILED|CANCELED/);
}

async function created(url: string, request: unknown): Promise<string> {
  const { status, body } = await postJson(url, request);
  expect(status, JSON.stringify(body)).toBe(201);
  return String(body["id"]);
}
