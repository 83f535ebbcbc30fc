/**
 * Direct tasks against one TCP balancer in between: the latency of the 99th percentile while one of the tasks is slow, and how much
 * of all calls the busiest task gets while none is. Several clients call at a fixed rate; a balancer spreads their connections, and a
 * client that knows the tasks spreads its calls.
 */

import type { Figures, RunOptions } from "./benchmark.ts";
import { Child } from "./child.ts";
import type { LoadReport, LoadRequest } from "./load-client.ts";
import type { LoadServerReport } from "./load-server.ts";
import type { PeerTarget } from "./peer.ts";
import type { PeerName } from "./peers.ts";
import { percentile } from "./percentile.ts";
import { addressOf, LoadServer, type RunningPeer, startPeers } from "./running-peers.ts";
import type { TcpBalancerReport } from "./tcp-balancer.ts";

const TASKS = 5;
/** Of each contender: fewer than tasks, as when a service of few instances calls a service of many. */
const CLIENTS = 4;
const PER_SECOND = 200;
/** What the slow task adds to each call, in ms. */
const SLOW_MS = 50;
const FULL = { warmUpCalls: 2_000, sliceMs: 1_000, rounds: 8 };
const QUICK = { warmUpCalls: 10, sliceMs: 50, rounds: 1 };

interface Contender {
  readonly name: string;
  readonly client: PeerName;
  readonly isDirect: boolean;
}

const CONTENDERS: readonly Contender[] = [
  { name: "ours", client: "ours", isDirect: true },
  { name: "grpc-js", client: "grpc-js", isDirect: true },
  { name: "ours through the balancer", client: "ours", isDirect: false },
  { name: "grpc-js through the balancer", client: "grpc-js", isDirect: false },
];

interface Running {
  readonly name: string;
  readonly server: LoadServer;
  readonly clients: readonly RunningPeer[];
  readonly latenciesMs: number[];
}

export async function lbPath({ quick, tell, progress }: RunOptions): Promise<Figures> {
  const { warmUpCalls, sliceMs, rounds } = quick ? QUICK : FULL;
  tell(`${CLIENTS} clients with ${PER_SECOND} calls a second each, ${TASKS} tasks, one of them ${SLOW_MS} ms slower`);
  await using processes = new AsyncDisposableStack();
  const shares: [string, number][] = [];
  const slow: Running[] = [];
  for (const contender of CONTENDERS) {
    progress(`${contender.name}: warming up`);
    const even = await start(processes, contender, 0);
    await askAll(even, { kind: "closed-loop", calls: warmUpCalls, inFlight: 8 });
    const before = await even.server.report();
    await askAll(even, openLoop(sliceMs));
    shares.push([contender.name, busiestShare(before, await even.server.report())]);
    const one = await start(processes, contender, SLOW_MS);
    await askAll(one, { kind: "closed-loop", calls: warmUpCalls, inFlight: 8 });
    slow.push(one);
  }
  for (let round = 1; round <= rounds; round++)
    for (const running of slow) {
      progress(`round ${round} of ${rounds}: ${running.name}`);
      for (const { latenciesMs = [] } of await askAll(running, openLoop(sliceMs)))
        running.latenciesMs.push(...latenciesMs);
    }

  const figure = (of: readonly (readonly [string, number])[]) => {
    const { ours = Number.NaN, ...peers } = Object.fromEntries(of);
    return { ours, peers };
  };
  const at = (p: number) => figure(slow.map(({ name, latenciesMs }) => [name, percentile(latenciesMs, p)]));
  const variants = {
    p50: at(50),
    "busiest-task": { unit: `of all calls (a ${TASKS}th is even)`, ...figure(shares) },
  };
  return {
    unit: "ms, p99 with one slow task",
    ...at(99),
    variants,
    notes: [`${rounds} rounds of ${sliceMs} ms by each contender in turn; busiest-task: no task is slow`],
  };
}

/** A contender with tasks of its own, the last of which is slower by `slowMs`. */
async function start(
  processes: AsyncDisposableStack,
  { name, client, isDirect }: Contender,
  slowMs: number,
): Promise<Running> {
  const server = await LoadServer.start(processes, TASKS, slowMs);
  const target = isDirect ? server.target : await balanced(processes, server.target);
  return { name, server, clients: startPeers(processes, [client], target, CLIENTS), latenciesMs: [] };
}

async function balanced(processes: AsyncDisposableStack, { addresses }: PeerTarget): Promise<PeerTarget> {
  const tasks = addresses.map(addressOf);
  const balancer = processes.use(new Child("the balancer", "./tcp-balancer.ts", [JSON.stringify(tasks)]));
  return { addresses: [(await balancer.ask<TcpBalancerReport>({})).address] };
}

function openLoop(sliceMs: number): LoadRequest {
  return { kind: "open-loop", calls: Math.round((PER_SECOND * sliceMs) / 1_000), perSecond: PER_SECOND };
}

function askAll({ clients }: Running, request: LoadRequest): Promise<LoadReport[]> {
  return Promise.all(clients.map(({ child }) => child.ask<LoadReport>(request)));
}

function busiestShare(before: LoadServerReport, after: LoadServerReport): number {
  const perTask = after.callsOfPorts.map((calls, i) => calls - (before.callsOfPorts[i] as number));
  return Math.max(...perTask) / (after.calls - before.calls);
}
