/** The process of one client: it makes the calls of a load and reports each of them. */

import { systemClock } from "@agent-team/foundation/clock";
import { seededRandom } from "@agent-team/foundation/random";
import type { ChannelOptions } from "@agent-team/grpc-client";
import type { ClientName, Place } from "../clients/client.ts";
import { FACTORIES } from "../clients/clients.ts";
import { answerParent, argumentOf } from "../process/answer.ts";
import type { ClientFault, Load, Times } from "../scenario.ts";
import { suffer } from "./client-faults.ts";
import { MemorySamples } from "./memory-samples.ts";
import { OpenLoop } from "./open-loop.ts";
import type { LoadResult } from "./records.ts";
import { Streams } from "./streams.ts";

export interface LoadArgument {
  readonly client: ClientName;
  readonly place: Place;
  readonly load: Load;
  readonly times: Times;
  readonly ourOptions: ChannelOptions | undefined;
  readonly seed: number;
}

/** `start` is answered with the time of day at which the load began, `result` at its end. */
export type LoadQuestion =
  | { readonly kind: "start" | "result" }
  | { readonly kind: "fault"; readonly fault: ClientFault };

const { client: name, place, load, times, ourOptions, seed } = argumentOf<LoadArgument>();
const createClient = await FACTORIES[name]();
const client = createClient(place, ourOptions);
const uncaught: string[] = [];
process.on("uncaughtException", (error) => uncaught.push(String(error)));
process.on("unhandledRejection", (error) => uncaught.push(String(error)));

let result: Promise<LoadResult> | undefined;

async function run(): Promise<LoadResult> {
  const cpu = process.cpuUsage();
  const clock = systemClock;
  const context = { client, load, times, clock, random: seededRandom(seed), startMs: clock.now() };
  const loop = new OpenLoop(context);
  const streams = new Streams(context);
  streams.start();
  const memory = new MemorySamples(clock, { startMs: context.startMs, endMs: times.endMs });
  const calls = await loop.run();
  memory.stop();
  const streamRecords = streams.stop();
  const { user, system } = process.cpuUsage(cpu);
  return {
    calls,
    streams: streamRecords,
    settledTwice: loop.settledTwice + streams.settledTwice,
    uncaught,
    cpuMs: (user + system) / 1_000,
    resident: memory.resident,
    alive: memory.alive,
  };
}

answerParent(
  async (question: LoadQuestion) => {
    if (question.kind === "fault") return suffer(question.fault);
    if (question.kind === "start") {
      result = run();
      return systemClock.wallNow();
    }
    return result;
  },
  // The process must end by itself once its client is closed: what keeps it alive was left open by the client.
  () => void client.close(),
);
