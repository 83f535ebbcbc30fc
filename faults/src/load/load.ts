/** The process of one client: it makes the calls of a load and reports each of them. */

import { systemClock } from "@agent-team/foundation/clock";
import { seededRandom } from "@agent-team/foundation/random";
import type { ClientName, Place } from "../clients/client.ts";
import { FACTORIES } from "../clients/clients.ts";
import { answerParent, argumentOf } from "../process/answer.ts";
import type { Load } from "../scenario.ts";
import { OpenLoop } from "./open-loop.ts";
import type { LoadResult } from "./records.ts";
import { Streams } from "./streams.ts";

export interface LoadArgument {
  readonly client: ClientName;
  readonly place: Place;
  readonly load: Load;
  readonly endMs: number;
  readonly seed: number;
}

/** `start` is answered with the time of day at which the load began, `result` at its end. */
export type LoadQuestion = { readonly kind: "start" | "result" };

const { client: name, place, load, endMs, seed } = argumentOf<LoadArgument>();
const createClient = await FACTORIES[name]();
const client = createClient(place);
const uncaught: string[] = [];
process.on("uncaughtException", (error) => uncaught.push(String(error)));
process.on("unhandledRejection", (error) => uncaught.push(String(error)));

let result: Promise<LoadResult> | undefined;

async function run(): Promise<LoadResult> {
  const cpu = process.cpuUsage();
  const clock = systemClock;
  const context = { client, load, endMs, clock, random: seededRandom(seed), startMs: clock.now() };
  const loop = new OpenLoop(context);
  const streams = new Streams(context);
  streams.start();
  const calls = await loop.run();
  const streamRecords = streams.stop();
  const { user, system } = process.cpuUsage(cpu);
  return {
    calls,
    streams: streamRecords,
    settledTwice: loop.settledTwice + streams.settledTwice,
    uncaught,
    cpuMs: (user + system) / 1_000,
    rssBytes: process.memoryUsage.rss(),
  };
}

answerParent(
  async ({ kind }: LoadQuestion) => {
    if (kind === "start") {
      result = run();
      return systemClock.wallNow();
    }
    return result;
  },
  // The process must end by itself once its client is closed: what keeps it alive was left open by the client.
  () => void client.close(),
);
