/**
 * Each discovery strategy alone, and each as the fallback of each other one. The preferred one fails by its endpoint or by the
 * service that it queries: by a hang, by errors, by refusal. The call that waits gets its response from the fallback, and calls
 * return when the preferred one works again.
 */

import { FakeClock } from "@agent-team/foundation/fake-clock";
import type { HostPort } from "@agent-team/foundation/host-port";
import { seededRandom } from "@agent-team/foundation/random";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type Channel, createChannel, Status, type TierConfig } from "../src/index.ts";
import { echo, type StubHandler, StubServer } from "../src/testing/index.ts";
import { IDEMPOTENT, type RecordedCall, send } from "./support/calls.ts";
import { type Behaviour, TestCloudMapApi, task } from "./support/cloud-map-api.ts";
import { TestDnsServer } from "./support/dns-server.ts";
import { garbagePeer, type Peer, refusingAddress, silentPeer } from "./support/hostile-peers.ts";
import { createTransport } from "./support/loaded.ts";
import { until } from "./support/until.ts";

type Strategy = TierConfig["strategy"];
type Failure = "hang" | "errors" | "refusal";

const STRATEGIES: readonly Strategy[] = ["env", "lb", "cloudmap", "dns"];
const FAILURES: readonly Failure[] = ["hang", "errors", "refusal"];
const PAIRS = STRATEGIES.flatMap((preferred) =>
  STRATEGIES.filter((other) => other !== preferred).map((fallback) => [preferred, fallback] as const),
);
/** The strategies that query a service. */
const QUERYING = PAIRS.filter(([preferred]) => preferred !== "env");

const NAMES = { lb: "nlb.test", dns: "agent.test" } as const;
const API_FAILURES: Readonly<Record<Failure, Behaviour>> = {
  hang: "silent",
  errors: { status: 500, error: "InternalFailure" },
  refusal: { status: 400, error: "AccessDeniedException" },
};
const DNS_FAILURES = { hang: "silent", errors: "servfail", refusal: "refused" } as const;

/** How long calls may need to leave a tier that does not work. */
const MAX_AWAY_MS = 2_000;

let dns: TestDnsServer;
let api: TestCloudMapApi;
let clock: FakeClock;
let channel: Channel | undefined;
let peers: AsyncDisposable[];

beforeEach(async () => {
  dns = await TestDnsServer.listen();
  api = await TestCloudMapApi.listen();
  clock = new FakeClock();
  peers = [];
});

afterEach(async () => {
  await channel?.close();
  channel = undefined;
  await until(() => clock.pendingTimers === 0, "no timer is left"); // a cancelled query ends in the next turn of the event loop
  for (const peer of peers) await peer[Symbol.asyncDispose]();
  await api[Symbol.asyncDispose]();
  await dns[Symbol.asyncDispose]();
});

/** The tier of a strategy that finds `address`. */
function tierOf(strategy: Strategy, { host, port }: HostPort): TierConfig {
  switch (strategy) {
    case "env":
      return { strategy, endpoints: [{ host, port }] };
    case "lb":
      dns.setAddresses(NAMES.lb, [host]);
      return { strategy, host: NAMES.lb, port };
    case "cloudmap":
      api.setInstances([task(host, { AWS_INSTANCE_PORT: String(port) })]);
      return { strategy, namespace: "team.local", service: "agent", defaultPort: 1 };
    case "dns":
      dns.setAddresses(NAMES.dns, [host]);
      return { strategy, name: NAMES.dns, port, defaultPort: 1 };
  }
}

function failService(strategy: Strategy, failure: Failure): void {
  if (strategy === "cloudmap") api.behaviour = API_FAILURES[failure];
  else if (strategy !== "env") dns.failFor(NAMES[strategy], DNS_FAILURES[failure]);
}

async function failingAddress(failure: Failure, host: string): Promise<HostPort> {
  if (failure === "refusal") return refusingAddress(host);
  const peer: Peer = await (failure === "hang" ? silentPeer(host) : garbagePeer(host));
  peers.push(peer);
  return peer;
}

async function serve(host: string, port?: number): Promise<StubServer> {
  const server = await StubServer.start({ host, port });
  peers.push(server);
  return server;
}

function open(...tiers: readonly TierConfig[]): Channel {
  channel = createChannel(
    { name: "agent", tiers, dnsServer: dns.address },
    { clock, random: seededRandom(1), createTransport },
  );
  return channel;
}

async function knows(tier: number): Promise<void> {
  await until(() => channel?.snapshot().tiers[tier]?.endpoints.length !== 0, `tier ${tier} has an endpoint`);
}

/** Advances the clock by a millisecond for each turn of the event loop, until the condition holds. Returns the passed time. */
async function timeUntil(condition: () => boolean, what: string, everyMs: () => void = () => {}): Promise<number> {
  const startedMs = clock.now();
  await until(() => {
    if (condition()) return true;
    everyMs();
    clock.advance(1);
    return false;
  }, what);
  return clock.now() - startedMs;
}

async function timePasses(ms: number, everyMs: () => void): Promise<void> {
  const endMs = clock.now() + ms;
  await timeUntil(() => clock.now() >= endMs, `${ms} ms pass`, everyMs);
}

/** Idempotent calls, one every 10 ms. */
class PacedLoad implements Disposable {
  readonly #channel: Channel;
  readonly #running = new Set<RecordedCall>();
  errors = 0;
  #nextMs = clock.now();

  constructor(to: Channel) {
    this.#channel = to;
  }

  /** Makes the next call when it is due. */
  next(): void {
    if (clock.now() < this.#nextMs) return;
    this.#nextMs += 10;
    const call = send(this.#channel, IDEMPOTENT);
    this.#running.add(call);
    void call.ended().then((error) => {
      this.#running.delete(call);
      if (error !== undefined) this.errors++;
    });
  }

  [Symbol.dispose](): void {
    for (const { call } of this.#running) call.cancel();
  }
}

/** Makes a call. Returns how long it took. @throws when it failed. */
async function callTakes(through: Channel): Promise<number> {
  let error: unknown = "running";
  const call = send(through, IDEMPOTENT);
  void call.ended().then((result) => {
    error = result;
  });
  const tookMs = await timeUntil(() => error !== "running", "the call ends");
  expect(error).toBeUndefined();
  return tookMs;
}

describe.each(STRATEGIES)("%s alone", (strategy) => {
  test("finds the endpoint, and calls succeed", async () => {
    const server = await serve("127.0.0.2");
    expect(await send(open(tierOf(strategy, server))).ended()).toBeUndefined();
    expect(server.calls).toBe(1);
  });

  test.each(FAILURES)(
    "ends a call with unavailable within maxWaitMs when its endpoint fails by %s",
    async (failure) => {
      open(tierOf(strategy, await failingAddress(failure, "127.0.0.2")));
      await knows(0);
      let message = "";
      void send(channel as Channel)
        .ended()
        .then((error) => {
          message = error?.message ?? "success";
        });
      expect(await timeUntil(() => message !== "", "the call ends")).toBeLessThanOrEqual(3_000);
      expect(message).toMatch(/^\[unavailable\] .*no ready endpoint for agent \([12] known/);
    },
  );
});

describe.each(PAIRS)("%s with the fallback %s", (preferred, fallback) => {
  test.each(FAILURES)("a call succeeds by the fallback when the preferred endpoint fails by %s", async (failure) => {
    const server = await serve("127.0.0.3");
    open(tierOf(preferred, await failingAddress(failure, "127.0.0.2")), tierOf(fallback, server));
    await knows(0);
    await knows(1);
    expect(await callTakes(channel as Channel)).toBeLessThanOrEqual(MAX_AWAY_MS);
    expect(server.calls).toBe(1);
    expect(channel?.snapshot().tiers.map(({ name, active }) => [name, active])).toEqual([
      [preferred, false],
      [fallback, true],
    ]);
  });

  test("calls leave a preferred server that fails every call, and return by a probe when it works again", async () => {
    let fails = true;
    const handler: StubHandler = (call) => (fails ? call.end(Status.unavailable, "not today") : echo(call));
    const first = await StubServer.start({ host: "127.0.0.2", handlers: { "*": handler } });
    peers.push(first);
    const second = await serve("127.0.0.3");
    open(tierOf(preferred, first), tierOf(fallback, second));
    await knows(1);
    const isActive = (tier: number): boolean => channel?.snapshot().tiers[tier]?.active === true;

    using load = new PacedLoad(channel as Channel);
    expect(
      await timeUntil(
        () => isActive(1),
        "calls move",
        () => load.next(),
      ),
    ).toBeLessThanOrEqual(MAX_AWAY_MS);
    const lost = load.errors;
    await timePasses(10_000, () => load.next());
    expect(load.errors - lost, "errors after the calls have moved").toBe(0);

    fails = false;
    await timeUntil(
      () => isActive(0),
      "calls return",
      () => load.next(),
    );
    await timePasses(1_000, () => load.next());
    expect(load.errors - lost, "errors of the return").toBe(0);
    expect(first.calls).toBeGreaterThan(1);
  });

  test("calls move when the preferred server ends, and return 5 s after it is back", async () => {
    const first = await serve("127.0.0.2");
    const second = await serve("127.0.0.3");
    open(tierOf(preferred, first), tierOf(fallback, second));
    await knows(1);
    expect(await send(channel as Channel).ended()).toBeUndefined();
    expect([first.calls, second.calls]).toEqual([1, 0]);

    await first.kill();
    expect(await callTakes(channel as Channel)).toBeLessThanOrEqual(MAX_AWAY_MS);
    expect(second.calls).toBe(1);

    const returned = await serve(first.host, first.port);
    const awayMs = await timeUntil(() => channel?.snapshot().tiers[0]?.active === true, "calls return");
    expect(awayMs).toBeGreaterThanOrEqual(5_000);
    expect(awayMs).toBeLessThanOrEqual(12_000);
    expect(await send(channel as Channel).ended()).toBeUndefined();
    expect([returned.calls, second.calls]).toEqual([1, 1]);
  });
});

describe.each(QUERYING)("%s with the fallback %s", (preferred, fallback) => {
  test.each(FAILURES)(
    "a call succeeds by the fallback when the service of the preferred one fails by %s",
    async (failure) => {
      const unknown = await serve("127.0.0.2");
      const server = await serve("127.0.0.3");
      const tiers = [tierOf(preferred, unknown), tierOf(fallback, server)];
      failService(preferred, failure);
      open(...tiers);
      await knows(1);
      expect(await callTakes(channel as Channel)).toBeLessThanOrEqual(MAX_AWAY_MS);
      expect([unknown.calls, server.calls]).toEqual([0, 1]);
    },
  );

  test("a service that fails later changes nothing: the known endpoint gets the calls", async () => {
    const first = await serve("127.0.0.2");
    const second = await serve("127.0.0.3");
    open(tierOf(preferred, first), tierOf(fallback, second));
    await knows(1);
    expect(await send(channel as Channel).ended()).toBeUndefined();
    failService(preferred, "errors");
    await timeUntil(() => channel?.snapshot().tiers[0]?.lastError !== undefined, "the failure is seen");
    expect(await send(channel as Channel).ended()).toBeUndefined();
    expect([first.calls, second.calls]).toEqual([2, 0]);
  });
});
