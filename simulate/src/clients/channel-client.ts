/** Ours: the real channel with its defaults, on virtual time. Only the transport and the discovery are simulated. */

import {
  type CallSink,
  type Channel,
  type ChannelError,
  type ChannelOptions,
  createChannel,
  type Method,
  parseTarget,
} from "@agent-team/grpc-client";
import { loadEndpoints, ManualResolver } from "@agent-team/grpc-client/testing";
import type { Call } from "../world/calls.ts";
import type { Client } from "../world/client.ts";
import type { Server, World } from "../world/world.ts";
import { encodeCallId, SimulatedTransport } from "./simulated-transport.ts";

// A channel begins to connect when it is made, and not at an instant that depends on the machine.
await loadEndpoints();

export interface ChannelClientOptions {
  /** Tells clients apart: each has its own dice. */
  readonly index: number;
  readonly zone: string | undefined;
  /** Whether the channel may repeat calls. */
  readonly idempotent: boolean;
}

/**
 * Channels of one process to one target share a retry budget. Here each client stands for a process, so that its target has a name of its
 * own. Names are in no figure.
 */
let clients = 0;

export class ChannelClient implements Client {
  ejections = 0;
  readonly #channel: Channel;
  readonly #world: World;
  readonly #resolver = new ManualResolver();
  readonly #unary: Method;
  readonly #stream: Method;

  constructor(world: World, { index, zone, idempotent }: ChannelClientOptions, options: ChannelOptions) {
    this.#world = world;
    this.#unary = { path: "/simulate.Host/Unary", unaryRequest: true, unaryResponse: true, idempotent };
    this.#stream = { path: "/simulate.Host/Stream", unaryRequest: true, unaryResponse: false, idempotent };
    this.#channel = createChannel(parseTarget(`dns:///client-${++clients}:1`), {
      clock: world.time,
      random: world.randomFor(`channel ${index}`),
      createTransport: () => new SimulatedTransport(world, zone),
      resolvers: [this.#resolver],
      zone,
      ...options,
    });
    this.#channel.on((event) => {
      if (event.type === "ejected") this.ejections++;
    });
  }

  update(servers: readonly Server[]): void {
    this.#resolver.update(servers.map(({ endpoint }) => endpoint));
  }

  close(): void {
    // Its promise waits for virtual time, which has ended.
    void this.#channel.close(0);
  }

  start(call: Call): void {
    const method = call.firstByteShare === 1 ? this.#unary : this.#stream;
    const sink = new Sink(call, this.#world);
    const started = this.#channel.call(method, { timeoutMs: Number.POSITIVE_INFINITY }, sink);
    started.start();
    started.send(encodeCallId(call.id), true);
  }
}

class Sink implements CallSink {
  readonly #call: Call;
  readonly #world: World;

  constructor(call: Call, world: World) {
    this.#call = call;
    this.#world = world;
  }

  onHeaders(): void {
    this.#call.didRespond(this.#world.time.now());
  }

  onMessage(): void {}

  onEnd(error: ChannelError | undefined): void {
    this.#call.didEnd(this.#world.time.now(), error === undefined);
  }

  onDrain(): void {}
}
