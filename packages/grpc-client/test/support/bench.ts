/**
 * A channel with a fake clock, seeded random numbers, a resolver that the test controls, and servers. Its disposal fails if the
 * channel leaves a timer or a connection.
 *
 * PINGs to silent peers are off unless a test sets their times: the clock jumps while bytes are on their way, which looks as if
 * the peer were silent.
 */

import { FakeClock } from "@agent-team/foundation/fake-clock";
import { seededRandom } from "@agent-team/foundation/random";
import { expect } from "vitest";
import {
  type Channel,
  type ChannelEvent,
  type ChannelOptions,
  createChannel,
  type TransportKind,
} from "../../src/index.ts";
import { ManualResolver, StubServer, type StubServerOptions } from "../../src/testing/index.ts";
import { NO_PINGS } from "./defaults.ts";
import { TRANSPORTS } from "./loaded.ts";
import { until } from "./until.ts";

let transport: TransportKind = "own";

/** Which HTTP/2 the channels of this test file use. Default `own`. */
export function useTransport(kind: TransportKind): void {
  transport = kind;
}

type Address = { readonly host: string; readonly port: number; readonly zone?: string };

export class Bench implements AsyncDisposable {
  readonly clock = new FakeClock();
  readonly resolver = new ManualResolver();
  readonly events: ChannelEvent[] = [];
  readonly #servers: StubServer[] = [];
  readonly #others: AsyncDisposable[] = [];
  #channel: Channel | undefined;

  /** Starts a gRPC server that ends with this bench. */
  async serve(options: StubServerOptions = {}): Promise<StubServer> {
    const server = await StubServer.start(options);
    this.#servers.push(server);
    return server;
  }

  /** Registers another resource that ends with this bench. */
  async use<T extends AsyncDisposable>(starting: Promise<T>): Promise<T> {
    const started = await starting;
    this.#others.push(started);
    return started;
  }

  /** Opens a channel to `addresses`. Undefined: the resolver has not answered yet. */
  open(addresses: readonly Address[] | undefined, options: ChannelOptions & { readonly seed?: number } = {}): Channel {
    const { seed = 1, ...rest } = options;
    if (addresses !== undefined) this.resolver.update(addresses);
    const channel = createChannel("dns:///workflow-agent:50051", {
      clock: this.clock,
      random: seededRandom(seed),
      resolvers: [this.resolver],
      createTransport: TRANSPORTS[transport],
      ...NO_PINGS,
      ...rest,
    });
    channel.on((event) => this.events.push(event));
    this.#channel = channel;
    return channel;
  }

  /** Like `open`, and waits until every address is connected. */
  async connect(addresses: readonly Address[], options: Parameters<Bench["open"]>[1] = {}): Promise<Channel> {
    const channel = this.open(addresses, options);
    await this.becomesReady(...addresses);
    return channel;
  }

  /** The connectivity of an endpoint in the channel's snapshot. */
  connectivity({ host, port }: Address): string | undefined {
    const endpoints = this.#channel?.snapshot().tiers.flatMap((tier) => tier.endpoints) ?? [];
    return endpoints.find(({ address }) => address === `${host}:${port}`)?.connectivity;
  }

  async becomesReady(...addresses: readonly Address[]): Promise<void> {
    for (const address of addresses) {
      await until(() => this.connectivity(address) === "ready", `${address.host}:${address.port} is ready`);
    }
  }

  /** Waits for a condition that needs time: each turn of the event loop advances the fake clock by `stepMs`. */
  async passTimeUntil(condition: () => boolean, what: string, stepMs: number = 1): Promise<void> {
    await until(() => {
      if (condition()) return true;
      this.clock.advance(stepMs);
      return false;
    }, what);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closing = this.#channel?.close();
    this.clock.advance(10_000); // the grace period of calls that a test left open
    await closing;
    expect(this.clock.pendingTimers, "timers that the channel left").toBe(0);
    for (const server of this.#servers) {
      await until(() => server.connections === 0, "the servers see the channel's connections end");
      await server[Symbol.asyncDispose]();
    }
    for (const other of this.#others) await other[Symbol.asyncDispose]();
  }
}
