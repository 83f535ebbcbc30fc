/**
 * Sends generated requests to a gateway, and checks each answer. In: the gateway's URL, a seed and a number. Out: the requests with a wrong
 * answer. The requests depend on the seed alone, but for the ids that they name: those come from the answers before.
 */

import fc from "fast-check";
import { Answers } from "./answers.ts";
import type { Document } from "./document.ts";
import { KnownIds } from "./known-ids.ts";
import { type Request, requestsTo } from "./requests.ts";
import { type Sent, send, toSent } from "./send.ts";
import { HOOK_SPEC, LINEAR_SPEC } from "./words.ts";

interface Finding {
  readonly operationId: string;
  readonly sent: Sent;
  readonly fault: string;
}

export interface Result {
  readonly findings: readonly Finding[];
  /** How often each operation was answered with each status: `getRun 200`. */
  readonly answers: ReadonlyMap<string, number>;
}

/** Requests under way at the same time. */
const AT_ONCE = 8;

export async function fuzzGateway(gateway: string, seed: number, count: number): Promise<Result> {
  const document = (await (await fetch(`${gateway}/openapi.json`)).json()) as Document;
  const ids = new KnownIds();
  await store(gateway, ids);
  const answers = new Answers(document);
  const findings: Finding[] = [];
  const counts = new Map<string, number>();
  const requests = fc.sample(requestsTo(document), { seed, numRuns: count });

  const probe = async (request: Request): Promise<void> => {
    const { operationId } = request.operation;
    const sent = toSent(gateway, request, ids);
    const found = (fault: string): void => void findings.push({ operationId, sent, fault });
    try {
      const answer = await send(sent);
      const name = `${operationId} ${answer.status}`;
      counts.set(name, (counts.get(name) ?? 0) + 1);
      for (const json of answer.jsons) ids.learn(operationId, json);
      const fault = answers.faultOf(request, answer);
      if (fault !== undefined) found(`${fault}: ${answer.text.slice(0, 400)}`);
    } catch (error) {
      found(String((error as Error).cause ?? error));
    }
  };
  const queue = requests.values();
  await Promise.all(Array.from({ length: AT_ONCE }, () => drain(queue, probe)));
  return { findings, answers: counts };
}

async function drain(queue: Iterator<Request>, probe: (request: Request) => Promise<void>): Promise<void> {
  for (let next = queue.next(); next.done !== true; next = queue.next()) await probe(next.value);
}

/** Workflows to begin with: one that may be deleted, and an active one with a webhook. */
async function store(gateway: string, ids: KnownIds): Promise<void> {
  ids.learn("createWorkflow", await call(`${gateway}/v1/workflows`, "POST", { spec: LINEAR_SPEC }));
  const { id } = await call(`${gateway}/v1/workflows`, "POST", { spec: HOOK_SPEC });
  const { trigger } = await call(`${gateway}/v1/workflows/${String(id)}/active`, "PUT", { active: true });
  const { hook_path } = trigger as { readonly hook_path: string };
  ids.add("hook", id);
  ids.add("token", hook_path.split("/").at(-1));
}

async function call(url: string, method: string, body: unknown): Promise<Readonly<Record<string, unknown>>> {
  const headers = { "content-type": "application/json" };
  const response = await fetch(url, { method, headers, body: JSON.stringify(body) });
  if (!response.ok) throw new Error(`${method} ${url}: ${response.status} ${await response.text()}`);
  return (await response.json()) as Readonly<Record<string, unknown>>;
}
