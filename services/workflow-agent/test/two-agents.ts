// What tests of a takeover need: an agent that dies, and a caller that reads its turn and resumes it at another agent.

import type { ProcessConversationResponse } from "@agent-team/contracts";
import type { Journal } from "@agent-team/journal";
import type { Fixture } from "./fixture.ts";

export const MESSAGE = "every weekday at 9am fetch https://example.com/orders, if total is over 1000 tell #ops";
export const REQUEST: { readonly conversationId: string; readonly message: string; readonly requestId: string } = {
  conversationId: "c1",
  message: MESSAGE,
  requestId: "r1",
};

/** A store, as a process sees it that dies, and that is paused. */
export class Life {
  readonly journal: Journal;
  /** Appends until the process dies. From then on none of its requests is carried out. */
  left = Number.POSITIVE_INFINITY;
  /** How long each request takes. */
  latency: (() => Promise<void>) | undefined;
  #paused: PromiseWithResolvers<void> | undefined;

  constructor(store: Journal) {
    this.journal = new Proxy(store, {
      get: (target, name) => {
        const member: unknown = Reflect.get(target, name);
        if (typeof member !== "function") return member;
        return (...given: unknown[]): unknown => this.#request(name, () => Reflect.apply(member, target, given));
      },
    });
  }

  pause(): void {
    this.#paused = Promise.withResolvers();
  }

  goOn(): void {
    this.#paused?.resolve();
    this.#paused = undefined;
  }

  async #request(name: string | symbol, carryOut: () => unknown): Promise<unknown> {
    await this.#paused?.promise;
    await this.latency?.();
    if (this.left <= 0) return new Promise(() => {});
    if (name === "append") this.left -= 1;
    return carryOut();
  }
}

export interface Reading {
  readonly read: ProcessConversationResponse[];
  /** Heartbeats that say that no agent works on the turn. */
  readonly recovering: ProcessConversationResponse[];
  /** The end of the stream: the error, or `undefined`. */
  readonly end: Promise<unknown>;
}

/** Reads a turn and keeps what it has read, also if the stream never ends. */
export function reading(stream: AsyncIterable<ProcessConversationResponse>): Reading {
  const read: ProcessConversationResponse[] = [];
  const recovering: ProcessConversationResponse[] = [];
  const end = (async () => {
    for await (const response of stream) {
      if (response.event.case !== "heartbeat") read.push(response);
      else if (response.event.value.recovering) recovering.push(response);
    }
  })().catch((error: unknown) => error);
  return { read, recovering, end };
}

/** What a person sees: without the times and names of agents. */
export function shown(responses: readonly ProcessConversationResponse[]): unknown[] {
  return responses.map(({ message, event }) =>
    event.case === "turnStarted" || event.case === "turnCompleted" ? event.case : { message, event },
  );
}

/** As a client resumes: with the cursor of the last event that it has read. */
export function resumed(agent: Fixture["agent"], read: readonly ProcessConversationResponse[]): Reading {
  const { sequence = 0, fence = "" } = read.findLast((each) => each.sequence > 0) ?? {};
  return reading(agent.processConversation({ ...REQUEST, resumeAfterSequence: sequence, resumeFence: fence }));
}
