/**
 * Scenarios of calls over hosts. In: a description of hosts, clients and load. Out: a `Scenario` that builds a world from it for each
 * run, starts the calls, and measures those that start after the warm-up.
 */

import type { Random } from "@agent-team/foundation/random";
import type { MeasureName, Measures } from "./measures.ts";
import type { Scenario } from "./scenario.ts";
import type { Subject } from "./subjects.ts";
import { type Call, Calls, quantile, type Span, timesToFirstByte } from "./world/calls.ts";
import type { Client } from "./world/client.ts";
import { FifoHost } from "./world/fifo-host.ts";
import { HEALTHY, type Manner } from "./world/host.ts";
import { exponential, lognormal, randomFor } from "./world/randoms.ts";
import { SharingHost } from "./world/sharing-host.ts";
import { VirtualTime } from "./world/virtual-time.ts";
import { isRemote, type Server, type World } from "./world/world.ts";

/** The work of a request, in ms on an idle healthy host. */
type Work =
  | { readonly kind: "exponential"; readonly meanMs: number }
  | { readonly kind: "lognormal"; readonly meanMs: number; readonly sigma: number };

type Arrivals =
  /** Poisson, at this share of what the hosts can serve at the start. `burst`: so many calls at once (default 1). */
  | { readonly kind: "load"; readonly ratio: number; readonly burst?: number }
  /** Poisson, at this rate. */
  | { readonly kind: "rate"; readonly perSecond: number }
  /** This many calls in flight in all: each is followed by the next. */
  | { readonly kind: "closed"; readonly inFlight: number };

interface LoadScenarioInit {
  readonly name: string;
  readonly story: string;
  readonly measures: readonly [MeasureName, ...MeasureName[]];
  readonly seeds?: number;
  /** The names of the policies that it compares. Default: all. */
  readonly subjects?: readonly string[];
  readonly hosts: number;
  /** Hosts that are listed from this instant on, in addition. */
  readonly joining?: { readonly hosts: number; readonly atMs: number };
  readonly clients: number;
  readonly slots: number;
  /** Default: FIFO. */
  readonly isSharing?: boolean;
  readonly work: Work;
  /** Of the work, until the first byte: below 1 for streams. Default 1. */
  readonly firstByteShare?: number;
  readonly arrivals: Arrivals;
  /** What the host with this index is like. Default: healthy. */
  readonly manner?: (index: number) => Manner;
  /** Hosts that count as faulty. Default: those whose manner is not `HEALTHY`. */
  readonly isFaulty?: (index: number) => boolean;
  readonly hasFailures?: boolean;
  /** When the hosts are healthy again, for `recoveryMs`. */
  readonly healedMs?: number;
  readonly isIdempotent?: boolean;
  /** The zones of the hosts and of the clients, by index. Default: none. */
  readonly zoneOfHost?: (index: number) => string;
  readonly zoneOfClient?: (index: number) => string;
  readonly warmMs: number;
  readonly untilMs: number;
}

/** One way, in ms: within a zone, or where zones are unknown, and between two zones. */
const NETWORK_MS = { local: 0.25, remote: 0.75 };
/** In a closed loop, from the end of a call to the next one. */
const THINK_MS = 0.1;
/** Faults begin at the end of the warm-up; `laterFaultyRatio` leaves out the time in which clients notice them. */
const LATER_MS = 1_000;
const SEEDS = 20;

export function loadScenario(init: LoadScenarioInit): Scenario {
  const { name, story, measures, seeds = SEEDS, hasFailures = false, subjects } = init;
  return {
    name,
    story,
    measures,
    seeds,
    hasFailures,
    ...(subjects && { subjects }),
    run: (subject, seed, { isSharing }) =>
      new LoadRun({ ...init, isSharing: isSharing || init.isSharing === true }, subject, seed).run(),
  };
}

/** Requests that clients have sent, and those that each host has got. */
interface Counts {
  readonly local: number;
  readonly remote: number;
  readonly arrivals: readonly number[];
}

class LoadRun {
  readonly #init: LoadScenarioInit;
  readonly #subject: Subject;
  readonly #world: World;
  readonly #clients: readonly Client[];
  readonly #arrivalDice: Random;
  readonly #workDice: Random;
  readonly #clientDice: Random;

  constructor(init: LoadScenarioInit, subject: Subject, seed: number) {
    this.#init = init;
    this.#subject = subject;
    this.#arrivalDice = randomFor(seed, "arrivals");
    this.#workDice = randomFor(seed, "work");
    this.#clientDice = randomFor(seed, "clients");
    this.#world = worldOf(init, seed);
    this.#clients = Array.from({ length: init.clients }, (_, index) =>
      subject.createClient(this.#world, {
        index,
        zone: init.zoneOfClient?.(index),
        idempotent: init.isIdempotent ?? false,
      }),
    );
  }

  async run(): Promise<Measures> {
    const { warmMs, untilMs, hosts, joining } = this.#init;
    const { servers, time } = this.#world;
    this.#list(servers.slice(0, hosts));
    if (joining !== undefined) time.setTimer(joining.atMs, () => this.#list(servers));
    this.#startCalls();
    const before = await this.#countsAt(warmMs);
    const later = await this.#countsAt(warmMs + LATER_MS);
    const after = await this.#countsAt(untilMs);
    for (const client of this.#clients) client.close();
    return {
      ...this.#measure({ fromMs: warmMs, untilMs }, difference(after, before)),
      laterFaultyRatio: this.#faultyRatio(difference(after, later)),
    };
  }

  #list(servers: readonly Server[]): void {
    for (const client of this.#clients) client.update(servers);
  }

  /** What was sent until then. */
  async #countsAt(atMs: number): Promise<Counts> {
    const { sent, servers, time } = this.#world;
    if (this.#subject.isOurs) await time.runSettled(atMs);
    else time.run(atMs);
    return { ...sent, arrivals: servers.map(({ host }) => host.arrivals) };
  }

  #startCalls(): void {
    const { arrivals } = this.#init;
    switch (arrivals.kind) {
      case "load":
        return this.#arriveIn(this.#capacityPerMs() * arrivals.ratio, arrivals.burst ?? 1);
      case "rate":
        return this.#arriveIn(arrivals.perSecond / 1_000, 1);
      case "closed":
        for (let i = 0; i < arrivals.inFlight; i++) this.#world.time.setTimer(THINK_MS, () => this.#startNext());
        return;
      default:
        arrivals satisfies never;
    }
  }

  /** Calls that the hosts at the start can serve, as fast as they are then. */
  #capacityPerMs(): number {
    const { hosts, slots, manner, work } = this.#init;
    let speed = 0;
    for (let i = 0; i < hosts; i++) speed += manner?.(i).speed(0) ?? 1;
    return (speed * slots) / work.meanMs;
  }

  #arriveIn(perMs: number, burst: number): void {
    this.#world.time.setTimer(exponential(this.#arrivalDice, burst / perMs), () => {
      const client = this.#drawnClient();
      for (let i = 0; i < burst; i++) this.#start(client);
      this.#arriveIn(perMs, burst);
    });
  }

  #startNext(): void {
    const call = this.#start(this.#drawnClient());
    const next = () => this.#world.time.setTimer(THINK_MS, () => this.#startNext());
    if (call.endedMs === undefined) call.onEnd = next;
    else next();
  }

  #start(client: Client): Call {
    const { calls, time } = this.#world;
    const call = calls.start(this.#drawnWorkMs(), this.#init.firstByteShare ?? 1, time.now());
    client.start(call);
    return call;
  }

  #drawnClient(): Client {
    return this.#clients[Math.floor(this.#clientDice() * this.#clients.length)] as Client;
  }

  #drawnWorkMs(): number {
    const { work } = this.#init;
    if (work.kind === "exponential") return exponential(this.#workDice, work.meanMs);
    return lognormal(this.#workDice, work.meanMs, work.sigma);
  }

  #measure(span: Span, counts: Counts): Measures {
    const { arrivals, local, remote } = counts;
    const { calls, time } = this.#world;
    const started = calls.startedIn(span);
    const times = timesToFirstByte(started, time.now());
    const ended = started.filter(({ endedMs }) => endedMs !== undefined);
    const attempts = sum(arrivals);
    const failed = ended.filter(({ succeeded }) => !succeeded);
    const healthy = arrivals.filter((_, i) => !this.#isFaulty(i));
    return {
      p50Ms: quantile(times, 0.5),
      p99Ms: quantile(times, 0.99),
      errorRatio: ratio(failed.length, ended.length),
      errors: failed.length,
      recoveryMs: this.#recoveryMs(failed),
      faultyRatio: this.#faultyRatio(counts),
      skew: ratio(Math.max(...healthy) * healthy.length, sum(healthy)),
      attemptsPerCall: ratio(attempts, started.length),
      ejections: sum(this.#clients.map(({ ejections }) => ejections)),
      remoteRatio: ratio(remote, local + remote),
      newHostsRatio: this.#newHostsRatio(arrivals),
      unfinishedRatio: this.#unfinishedRatio(span),
    };
  }

  /** From the healing to the end of the last failed call; 0 if that came before. */
  #recoveryMs(failed: readonly Call[]): number {
    const { healedMs = Number.POSITIVE_INFINITY } = this.#init;
    return failed.reduce((latest, { endedMs = 0 }) => Math.max(latest, endedMs - healedMs), 0);
  }

  /** The share of the hosts that joined, where 1 is their fair share. */
  #newHostsRatio(arrivals: readonly number[]): number {
    const joined = arrivals.slice(this.#init.hosts);
    return ratio(sum(joined) * arrivals.length, sum(arrivals) * joined.length);
  }

  #faultyRatio({ arrivals }: Counts): number {
    return ratio(sum(arrivals.filter((_, i) => this.#isFaulty(i))), sum(arrivals));
  }

  #isFaulty(index: number): boolean {
    const { isFaulty, manner } = this.#init;
    if (isFaulty !== undefined) return isFaulty(index);
    return manner !== undefined && manner(index) !== HEALTHY;
  }

  /** How much the number of open calls grows in the second half, as a share of the calls that start there. */
  #unfinishedRatio({ fromMs, untilMs }: Span): number {
    const { calls } = this.#world;
    const middleMs = (fromMs + untilMs) / 2;
    const grown = calls.openAt(untilMs) - calls.openAt(middleMs);
    return Math.max(0, ratio(grown, calls.startedIn({ fromMs: middleMs, untilMs }).length));
  }
}

function worldOf(init: LoadScenarioInit, seed: number): World {
  const time = new VirtualTime();
  const HostClass = init.isSharing === true ? SharingHost : FifoHost;
  const count = init.hosts + (init.joining?.hosts ?? 0);
  const random = randomFor(seed, "failures");
  const servers = Array.from({ length: count }, (_, i): Server => {
    const endpoint = { host: `10.0.${i >> 8}.${i & 255}`, port: 50051, kind: "task", lane: 0 } as const;
    const host = new HostClass({ slots: init.slots, manner: init.manner?.(i) ?? HEALTHY, time, random });
    return { endpoint: { ...endpoint, zone: init.zoneOfHost?.(i) }, host };
  });
  return {
    time,
    servers,
    calls: new Calls(),
    sent: { local: 0, remote: 0 },
    delayMs: (zone, server) => (isRemote(zone, server) ? NETWORK_MS.remote : NETWORK_MS.local),
    randomFor: (purpose) => randomFor(seed, purpose),
  };
}

function difference(after: Counts, before: Counts): Counts {
  return {
    local: after.local - before.local,
    remote: after.remote - before.remote,
    arrivals: after.arrivals.map((count, i) => count - (before.arrivals[i] ?? 0)),
  };
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

/** 0 when there is nothing to divide by. */
function ratio(part: number, whole: number): number {
  return whole === 0 ? 0 : part / whole;
}
