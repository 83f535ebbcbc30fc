/**
 * Discovery by a name server that shows a part of the tasks: the real resolver with its merge, against a client that takes each answer
 * as its list. No calls.
 */

// oxlint-enable no-restricted-imports
import type { Random } from "@agent-team/foundation/random";
import { type Endpoint, type EndpointKey, endpointKey, type ResolverListener } from "@agent-team/grpc-client";
// oxlint-disable no-restricted-imports -- The resolver of lookups is no part of the package's surface, and the DNS strategy around it
// needs a name server.
import { type Lookup, PollingResolver } from "../../../packages/grpc-client/src/resolver/polling.ts";
import type { Measures } from "../measures.ts";
import type { Scenario } from "../scenario.ts";
import { randomFor } from "../world/randoms.ts";
import { VirtualTime } from "../world/virtual-time.ts";

const TASKS = 50;
/** MULTIVALUE routing returns at most so many records. */
const RECORDS = 8;
const TTL_MS = 10_000;
const SEEN_BY_MS = 300_000;
const UNTIL_MS = 1_800_000;
const HOUR_MS = 3_600_000;

export const dnsSubset: Scenario = {
  name: "dns-subset",
  story:
    "a name with 50 tasks, of which each DNS answer lists 8 at random (MULTIVALUE), TTL 10 s, 30 minutes; no task comes or goes. Round robin stands for a client that takes each answer as its list.",
  measures: ["listedRatio", "churnPerHour"],
  seeds: 20,
  hasFailures: false,
  subjects: ["ours", "round robin"],
  run: async (subject, seed) => {
    const time = new VirtualTime();
    const known = new KnownTasks();
    const dns = new NameServer(randomFor(seed, "records"));
    if (subject.isOurs) resolveWith(dns, time, randomFor(seed, "resolver"), known);
    else pollWith(dns, time, known);
    await time.runSettled(SEEN_BY_MS);
    const listedRatio = known.size / TASKS;
    await time.runSettled(UNTIL_MS);
    return { listedRatio, churnPerHour: (known.removals * HOUR_MS) / UNTIL_MS / TASKS } satisfies Measures;
  },
};

class NameServer {
  readonly #random: Random;
  readonly #tasks: Endpoint[] = Array.from({ length: TASKS }, (_, i) => ({
    host: `10.0.0.${i}`,
    port: 50051,
    kind: "task",
    lane: 0,
  }));

  constructor(random: Random) {
    this.#random = random;
  }

  /** The first records of a shuffle, by Fisher and Yates. */
  answer(): readonly Endpoint[] {
    const tasks = this.#tasks;
    for (let i = 0; i < RECORDS; i++) {
      const j = i + Math.floor(this.#random() * (tasks.length - i));
      [tasks[i], tasks[j]] = [tasks[j] as Endpoint, tasks[i] as Endpoint];
    }
    return tasks.slice(0, RECORDS);
  }
}

class KnownTasks {
  removals = 0;
  #keys: ReadonlySet<EndpointKey> = new Set();

  get size(): number {
    return this.#keys.size;
  }

  replace(endpoints: Iterable<Endpoint>): void {
    const keys = new Set([...endpoints].map(endpointKey));
    for (const key of this.#keys) if (!keys.has(key)) this.removals++;
    this.#keys = keys;
  }
}

function resolveWith(dns: NameServer, clock: VirtualTime, random: Random, known: KnownTasks): void {
  const lookup: Lookup = {
    whenEmpty: "no records",
    resolve: () => Promise.resolve({ endpoints: dns.answer(), isComplete: false, ttlMs: TTL_MS, truncatedAt: RECORDS }),
    cancel: () => {},
  };
  const listener: ResolverListener = {
    onUpdate: (set) => known.replace(set),
    onError: (error) => {
      throw error;
    },
    onTruncated: () => {},
    onSkipped: () => {},
    onEmptied: () => {},
    onQuarantined: () => {},
    onRestored: () => {},
  };
  new PollingResolver(lookup, { clock, random }, { minTtlMs: 5_000 }).start(listener);
}

function pollWith(dns: NameServer, clock: VirtualTime, known: KnownTasks): void {
  known.replace(dns.answer());
  clock.setTimer(TTL_MS, () => pollWith(dns, clock, known));
}
