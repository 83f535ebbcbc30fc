/**
 * What a stub of grpc-js costs before any channel does something: its unary calls on a channel that answers them in the next turn, without a
 * network, 64 at a time. `on our adapter`: the same behind the adapter for stubs. `without stack traces`: grpc-js keeps the stack of each call for
 * the error that it may end with. `codec`: the messages alone, which are in the others, too.
 */

import {
  type CallSink,
  type Channel,
  type ChannelSnapshot,
  type ClientCall,
  Metadata as OurMetadata,
  parseTarget,
} from "@agent-team/grpc-client";
import {
  createGrpcJsChannel,
  type GrpcJsCall,
  type GrpcJsChannel,
  type GrpcJsListener,
  type GrpcJsMessageContext,
  type GrpcJsMetadata,
} from "@agent-team/grpc-client/grpc-js";
import { Client, credentials, Metadata } from "@grpc/grpc-js";
import type { Figures, RunOptions } from "./benchmark.ts";
import { cpuMicros } from "./cpu.ts";
import { median } from "./median.ts";
import type { Peer } from "./peer.ts";
import { peerOf } from "./peers/grpc-js.ts";
import { checkAnswer, decode, encode, REQUEST } from "./workload.ts";

const IN_FLIGHT = 64;
const FULL = { calls: 10_000, rounds: 20, warmUpRounds: 5 };
const QUICK = { calls: 100, rounds: 1, warmUpRounds: 0 };

const ANSWER = encode(REQUEST);

export async function stub({ quick, progress }: RunOptions): Promise<Figures> {
  const { calls, rounds, warmUpRounds } = quick ? QUICK : FULL;
  const frames = Error.stackTraceLimit;
  const bare = stubOn(new BareChannel()).call;
  const adapted = stubOn(createGrpcJsChannel(new InstantChannel())).call;
  const codec = async (): Promise<void> => checkAnswer(decode(encode(REQUEST)));
  const cases = [
    { name: "stub", call: bare, frames, micros: [] as number[] },
    { name: "without stack traces", call: bare, frames: 0, micros: [] as number[] },
    { name: "on our adapter", call: adapted, frames, micros: [] as number[] },
    { name: "codec", call: codec, frames, micros: [] as number[] },
  ];
  for (let round = 1 - warmUpRounds; round <= rounds; round++) {
    progress(`round ${Math.max(0, round)} of ${rounds}`);
    for (const { call, frames: limit, micros } of cases) {
      Error.stackTraceLimit = limit;
      const start = process.cpuUsage();
      await callMany(call, calls);
      if (round > 0) micros.push(cpuMicros(start) / calls);
    }
  }
  Error.stackTraceLimit = frames;
  const ours = Object.fromEntries(cases.map(({ name, micros }) => [name, median(micros)]));
  return { unit: "µs CPU per call", ours, peers: {}, notes: [`medians of ${rounds} rounds of ${calls} calls`] };
}

function stubOn(channelOverride: GrpcJsChannel): Peer {
  return peerOf(new Client("not used", credentials.createInsecure(), { channelOverride }));
}

async function callMany(call: () => Promise<void>, calls: number): Promise<void> {
  let left = calls;
  const lane = async (): Promise<void> => {
    while (left-- > 0) await call();
  };
  await Promise.all(Array.from({ length: IN_FLIGHT }, lane));
}

/** A channel as a stub sees it. */
class BareChannel implements GrpcJsChannel {
  createCall(): GrpcJsCall {
    return new BareCall();
  }

  close(): void {}

  getTarget(): string {
    return "nothing";
  }

  getConnectivityState(): number {
    return 2; // ready
  }

  watchConnectivityState(): void {}

  getChannelzRef(): never {
    return {} as never;
  }
}

class BareCall implements GrpcJsCall {
  #listener: GrpcJsListener | undefined;

  start(_metadata: GrpcJsMetadata, listener: GrpcJsListener): void {
    this.#listener = listener;
  }

  sendMessageWithContext({ callback }: GrpcJsMessageContext): void {
    callback?.();
  }

  halfClose(): void {
    setImmediate(() => this.#answer());
  }

  startRead(): void {}

  cancelWithStatus(): void {}

  setCredentials(): void {}

  getPeer(): string {
    return "nothing";
  }

  getCallNumber(): number {
    return 0;
  }

  getAuthContext(): null {
    return null;
  }

  #answer(): void {
    const listener = this.#listener as GrpcJsListener;
    listener.onReceiveMetadata(new Metadata());
    listener.onReceiveMessage(ANSWER);
    process.nextTick(() => listener.onReceiveStatus({ code: 0, details: "", metadata: new Metadata() }));
  }
}

/** A channel as the adapter sees it. */
class InstantChannel implements Channel {
  readonly target = parseTarget("ipv4:127.0.0.1:1");
  readonly connectivity = "ready";

  call(_method: unknown, _options: unknown, sink: CallSink): ClientCall {
    return new InstantCall(sink);
  }

  watchConnectivity(): () => void {
    return () => {};
  }

  on(): () => void {
    return () => {};
  }

  snapshot(): ChannelSnapshot {
    return { target: this.target.name, proxy: undefined, tiers: [], waitingCalls: 0, retryBudget: 0 };
  }

  async close(): Promise<void> {}

  async [Symbol.asyncDispose](): Promise<void> {}
}

class InstantCall implements ClientCall {
  readonly peer = undefined;
  readonly #sink: CallSink;

  constructor(sink: CallSink) {
    this.#sink = sink;
  }

  start(): void {
    setImmediate(() => this.#answer());
  }

  send(): boolean {
    return true;
  }

  halfClose(): void {}

  cancel(): void {}

  pause(): void {}

  resume(): void {}

  #answer(): void {
    this.#sink.onHeaders(OurMetadata.empty);
    this.#sink.onMessage(ANSWER);
    this.#sink.onEnd(undefined, OurMetadata.empty);
  }
}
