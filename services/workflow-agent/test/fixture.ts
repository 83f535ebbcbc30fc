import { type ProcessConversationResponse, WorkflowAgentService, WorkflowEngineService } from "@agent-team/contracts";
import { FakeClock } from "@agent-team/foundation/fake-clock";
import { type IdentitySigner, identityKey } from "@agent-team/grpc-server";
import { InProcessJournal, type Journal } from "@agent-team/journal";
import {
  type Client,
  ConnectError,
  createClient,
  createRouterTransport,
  type Interceptor,
  type ServiceImpl,
} from "@connectrpc/connect";
import { expect, onTestFinished } from "vitest";
import { type Agent, type CreateAgentOptions, createAgent } from "../src/agent.ts";
import { createCatalogue } from "../src/catalogue.ts";
import { embeddedPlanner } from "../src/embedded-planner.ts";
import { createEngineWorkflows } from "../src/engine-workflows.ts";
import type { Planner, PlannerEvent } from "../src/planner.ts";
import { createValidate, type EngineClient } from "../src/validate.ts";

export type Engine = Pick<ServiceImpl<typeof WorkflowEngineService>, "validateWorkflow"> &
  Partial<Pick<ServiceImpl<typeof WorkflowEngineService>, keyof EngineClient>>;

export interface Fixture {
  readonly clock: FakeClock;
  readonly journal: Journal;
  /** As the subject `local` sees it. */
  readonly agent: Client<typeof WorkflowAgentService>;
  /** The agent itself. */
  readonly instance: Agent;
  /** As another subject sees it. */
  as(subject: string): Client<typeof WorkflowAgentService>;
}

/** An engine that finds no issues. */
const content: Engine = { validateWorkflow: () => ({ issues: [] }) };

/** An agent on a clock that stands still, behind a transport in memory. The test fails if it leaves a timer behind, unless it `dies`. */
export function startAgent(
  given: Partial<CreateAgentOptions> & { engine?: Engine; engineTimeoutMs?: number; dies?: boolean } = {},
): Fixture {
  const clock = (given.clock as FakeClock | undefined) ?? new FakeClock();
  const journal = (given.journal as Journal | undefined) ?? new InProcessJournal({ clock });
  const engine = createRouterTransport(({ service }) => void service(WorkflowEngineService, given.engine ?? content));
  const client = createClient(WorkflowEngineService, engine);
  const timeoutMs = given.engineTimeoutMs ?? 2_000;
  const identity: IdentitySigner = { sign: ({ subject }, audience) => `signed ${subject} for ${audience}` };
  const validate = createValidate(client, { timeoutMs, identity });
  const catalogue = createCatalogue(client, { timeoutMs, identity, clock });
  const openWorkflows = createEngineWorkflows(client, { timeoutMs, identity });
  const parts = { planner: embeddedPlanner, validate, catalogue, openWorkflows };
  const instance = createAgent({ ...parts, ...given, journal, clock });
  const as = (subject: string): Fixture["agent"] => {
    const router = { interceptors: [calledBy(subject)] };
    const transport = createRouterTransport(({ service }) => void service(WorkflowAgentService, instance.service), {
      router,
    });
    return createClient(WorkflowAgentService, transport);
  };
  if (given.dies !== true) onTestFinished(() => expect(clock.pendingTimers).toBe(0));
  return { clock, journal, agent: as("local"), as, instance };
}

/** Sets the identity of the caller, as `serve()` does before a handler. */
function calledBy(subject: string): Interceptor {
  return (next) => (request) => {
    request.contextValues.set(identityKey, { subject, scopes: [] });
    return next(request);
  };
}

/** A planner that yields one word, and the next one after `goOn`. */
export function thinkingPlanner(): { planner: Planner; thinks: Promise<AbortSignal>; goOn: () => void } {
  const thinks = Promise.withResolvers<AbortSignal>();
  const release = Promise.withResolvers<void>();
  async function* plan(_: unknown, { signal }: { readonly signal: AbortSignal }): AsyncGenerator<PlannerEvent> {
    yield { kind: "text", text: "Hm. " };
    thinks.resolve(signal);
    await release.promise;
    yield { kind: "text", text: "Done." };
  }
  return {
    planner: { name: "thinking/1", continuation: "restart", plan },
    thinks: thinks.promise,
    goOn: release.resolve,
  };
}

export async function collect<T>(stream: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of stream) all.push(item);
  return all;
}

/** Moves time in steps, and lets streams deliver what they have in each. */
export async function passTime(clock: FakeClock, ms: number, stepMs = 50): Promise<void> {
  for (let passed = 0; passed < ms; passed += stepMs) {
    await clock.advanceAsync(Math.min(stepMs, ms - passed));
    // The streams in memory between client and agent need turns of the event loop.
    for (let turn = 0; turn < 3; turn += 1) await new Promise((resolve) => setImmediate(resolve));
  }
}

/** Moves time until the promise is settled. */
export async function passTimeUntil<T>(clock: FakeClock, promise: Promise<T>): Promise<T> {
  let isSettled = false;
  promise.finally(() => (isSettled = true)).catch(() => {});
  for (let step = 0; !isSettled; step += 1) {
    expect(step, "steps of 50 ms").toBeLessThan(4_000);
    await passTime(clock, 50);
  }
  return promise;
}

/** One turn to its end. */
export function say(
  agent: Fixture["agent"],
  message: string,
  conversationId = "c1",
): Promise<ProcessConversationResponse[]> {
  return collect(agent.processConversation({ conversationId, message }));
}

export function textOf(responses: readonly ProcessConversationResponse[]): string {
  return responses.map(({ message }) => message).join("");
}

type Event = ProcessConversationResponse["event"];
type Value<Case> = Extract<Event, { readonly case: Case }>["value"];

/** The value of the one event of this case. */
export function eventOf<Case extends NonNullable<Event["case"]>>(
  responses: readonly ProcessConversationResponse[],
  wanted: Case,
): Value<Case> {
  const found = responses.filter(({ event }) => event.case === wanted);
  expect(found).toHaveLength(1);
  return found[0]?.event.value as unknown as Value<Case>;
}

/** The error of a call that fails. */
export async function errorOf(promise: Promise<unknown>): Promise<ConnectError> {
  return ConnectError.from(
    await promise.then(
      () => undefined,
      (thrown: unknown) => thrown,
    ),
  );
}
