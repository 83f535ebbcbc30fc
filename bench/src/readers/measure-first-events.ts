/** How soon an answer begins: whole turns of the embedded planner, through gateway, agent and engine, each a process. */

import { Child } from "../child.ts";
import { percentile } from "../percentile.ts";
import { ServiceProcess } from "../service-process.ts";
import type { TurnsReport, TurnsRequest } from "./first-events.ts";
import { startGateway } from "./gateway.ts";

export interface FirstEvents {
  readonly p50Ms: number;
  readonly p99Ms: number;
}

export interface TurnRounds {
  readonly warmUpTurns: number;
  readonly rounds: number;
  readonly turnsPerRound: number;
  readonly onRound: (round: number) => void;
}

const ENVIRONMENT = { GRPC_HOST: "127.0.0.1", GRPC_PORT: "0", HEALTH_PORT: "0", LOG_LEVEL: "info" };
const ROOM = { MAX_CONVERSATIONS_PER_OWNER: "100000", MAX_CONVERSATION_MIB_PER_OWNER: "1024" };

/** Of the round with the least p50, and of the one with the least p99: what else the machine does only adds to them. */
export async function measureFirstEvents({
  warmUpTurns,
  rounds,
  turnsPerRound,
  onRound,
}: TurnRounds): Promise<FirstEvents> {
  await using processes = new AsyncDisposableStack();
  const engine = processes.use(await startService("workflow-engine", {}));
  const agent = processes.use(
    await startService("workflow-agent", { ...ROOM, WORKFLOW_ENGINE_HOST: addressOf(engine) }),
  );
  const gateway = processes.use(await startGateway({ agent: addressOf(agent), engine: addressOf(engine) }));
  const client = processes.use(new Child("the client", "./readers/first-events.ts", [String(gateway.line["port"])]));
  const take = (turns: number): Promise<TurnsReport> => client.ask<TurnsReport>({ turns } satisfies TurnsRequest);
  await take(warmUpTurns);
  const taken: FirstEvents[] = [];
  for (let round = 1; round <= rounds; round++) {
    onRound(round);
    const { firstEventMs } = await take(turnsPerRound);
    taken.push({ p50Ms: percentile(firstEventMs, 50), p99Ms: percentile(firstEventMs, 99) });
  }
  return {
    p50Ms: Math.min(...taken.map(({ p50Ms }) => p50Ms)),
    p99Ms: Math.min(...taken.map(({ p99Ms }) => p99Ms)),
  };
}

function startService(name: string, env: Readonly<Record<string, string>>): Promise<ServiceProcess> {
  return ServiceProcess.start(name, { env: { ...ENVIRONMENT, ...env }, ready: "serving" });
}

function addressOf({ line }: ServiceProcess): string {
  return String(line["address"]);
}
