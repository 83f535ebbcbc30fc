import {
  type ProcessConversationResponse,
  ProcessConversationResponseSchema,
  WorkflowAgentService,
} from "@agent-team/contracts";
import { create } from "@bufbuild/protobuf";
import { Code, ConnectError, type Transport } from "@connectrpc/connect";
import { expect, test } from "vitest";
import { ServerStream, type StreamOptions } from "./server-stream.ts";

const METHOD = WorkflowAgentService.method.processConversation;

test("the call begins with the first read, with the caller's options and the one request", async () => {
  const agent = new Agent();
  const signal = new AbortController().signal;
  const stream = read(agent, { signal, timeoutMs: 5, headers: { "x-request-id": "1" } });
  expect(agent.calls).toEqual([]);

  agent.answer("Hel", "lo");
  expect(await texts(stream)).toEqual(["Hel", "lo"]);
  expect(agent.calls).toEqual([
    { signal, timeoutMs: 5, headers: { "x-request-id": "1" }, requests: [{ message: "a" }] },
  ]);
});

test("leaving it returns the response, aborts the call's own signal, and ends it for its reader", async () => {
  const agent = new Agent();
  const stream = read(agent);
  agent.answer("Hel", "lo");
  for await (const { message } of stream) {
    expect(message).toBe("Hel");
    break;
  }
  expect(agent.returned).toBe(1);
  expect(agent.calls[0]?.signal?.aborted).toBe(true);
  expect(await stream.next()).toEqual({ done: true, value: undefined });
  await stream.return();
  expect(agent.returned).toBe(1);
});

test("a stream that is left before its response begins is left when that comes", async () => {
  const agent = new Agent();
  const signal = new AbortController().signal; // its owner does not abort it
  const stream = read(agent, { signal });
  const first = stream.next();
  await stream.return();
  agent.answer("Hel");
  expect(await first).toEqual({ done: true, value: undefined });
  expect(agent.returned).toBe(1);
});

test("a call that fails to begin fails the read, and a response that fails to return does not matter", async () => {
  const away = new Agent(new ConnectError("none answers", Code.Unavailable));
  const failing = read(away);
  await expect(failing.next()).rejects.toMatchObject({ code: Code.Unavailable });
  expect(await failing.next()).toEqual({ done: true, value: undefined });
  expect(away.calls).toHaveLength(1);

  const agent = new Agent();
  agent.answer("Hel");
  agent.returnError = new Error("gone");
  const stream = read(agent);
  await stream.next();
  expect(await stream.return()).toEqual({ done: true, value: undefined });
});

function read(agent: Agent, options?: StreamOptions): ServerStream<typeof METHOD.input, typeof METHOD.output> {
  return new ServerStream(agent.transport, METHOD, { message: "a" }, options);
}

async function texts(stream: AsyncIterable<ProcessConversationResponse>): Promise<string[]> {
  return (await collected(stream)).map(({ message }) => message);
}

async function collected<T>(from: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const each of from) all.push(each);
  return all;
}

interface Call {
  readonly signal: AbortSignal | undefined;
  readonly timeoutMs: number | undefined;
  readonly headers: HeadersInit | undefined;
  readonly requests: readonly unknown[];
}

/** Answers with these texts, when it is told to. */
class Agent {
  readonly calls: Call[] = [];
  returned = 0;
  returnError: Error | undefined;
  readonly transport: Transport;
  readonly #texts = Promise.withResolvers<readonly string[]>();

  constructor(failure?: Error) {
    this.transport = {
      unary: () => Promise.reject(new Error("expected a stream")),
      stream: async (method, signal, timeoutMs, headers, input) => {
        this.calls.push({ signal, timeoutMs, headers, requests: await collected<unknown>(input) });
        if (failure !== undefined) throw failure;
        const message = this.#response(await this.#texts.promise) as never;
        const header = new Headers();
        return { stream: true, service: method.parent, method, header, trailer: header, message };
      },
    };
  }

  answer(...texts: readonly string[]): void {
    this.#texts.resolve(texts);
  }

  #response(left: readonly string[]): AsyncIterableIterator<ProcessConversationResponse> {
    const messages = left.map((message) => create(ProcessConversationResponseSchema, { message })).values();
    return {
      next: async () => messages.next() as IteratorResult<ProcessConversationResponse>,
      return: async () => {
        this.returned += 1;
        if (this.returnError !== undefined) throw this.returnError;
        return { done: true, value: undefined };
      },
      [Symbol.asyncIterator]() {
        return this;
      },
    };
  }
}
