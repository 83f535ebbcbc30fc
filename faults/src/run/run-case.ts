/** One client, one case, once: hosts, load and faults from the start to the end, and what came of it. */

import { systemClock } from "@agent-team/foundation/clock";
import { CLIENTS, type ClientName } from "../clients/client.ts";
import type { LoadArgument, LoadQuestion } from "../load/load.ts";
import type { LoadResult } from "../load/records.ts";
import type { RunData } from "../measure/run-data.ts";
import { Child } from "../process/child.ts";
import { unlessAborted } from "../process/interruption.ts";
import type { Case } from "../scenario.ts";
import { Fleet } from "./fleet.ts";
import { play, schedule } from "./timeline.ts";

export async function runCase(
  one: Case,
  client: ClientName,
  seed: number,
  interruption: AbortSignal,
): Promise<RunData> {
  const { topology, load, times } = one;
  await using fleet = await Fleet.start(topology, load, seed, CLIENTS.indexOf(client));
  for (const { action } of one.steps.filter(({ at }) => at === "start")) await fleet.apply(action);
  const argument: LoadArgument = { client, place: fleet.place, load, times, ourOptions: one.ourOptions, seed };
  await using process = new Child(`the load of ${client}`, "load/load.ts", argument, {
    ...ENVIRONMENT,
    ...fleet.environment,
  });
  const start = process.ask<number>({ kind: "start" } satisfies LoadQuestion);
  const startedAt = await unlessAborted(interruption, start);
  const steps = play(schedule(one.steps, times), systemClock, (action) =>
    action.kind === "client"
      ? process.ask({ kind: "fault", fault: action.fault } satisfies LoadQuestion)
      : fleet.apply(action),
  );
  const ended = process.ask<LoadResult>({ kind: "result" } satisfies LoadQuestion);
  const [result] = await unlessAborted(interruption, Promise.all([ended, steps]));
  const endedByItself = await process.end();
  return {
    ...result,
    attempts: fleet.attempts.map(({ t, ...attempt }) => ({ ...attempt, atMs: t - startedAt })),
    addresses: range(topology.hosts + (topology.spare ?? 0)).map((index) => fleet.addressOf(index)),
    leftRunning: endedByItself ? 0 : 1,
  };
}

/** grpc-js asks a name server other than the system's only with this. */
const ENVIRONMENT = { GRPC_NODE_USE_ALTERNATIVE_RESOLVER: "true" };

function range(count: number): readonly number[] {
  return Array.from({ length: count }, (_, i) => i);
}
