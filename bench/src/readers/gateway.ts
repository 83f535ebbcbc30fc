/** The gateway of the bench `readers`, a process as it is deployed: with the heap that V8 gives it in a task of 512 MiB, infra's default. */

import { readFileSync } from "node:fs";
import { ServiceProcess } from "../service-process.ts";

const KIB = 1024;

/**
 * V8 takes them by itself where the container's limit is 512 MiB (`v8.getHeapStatistics().heap_size_limit` is 259 MiB there). On a machine
 * with more memory its young generation grows to 128 MiB instead of 2, and nothing that is measured would be true of the task.
 */
const HEAP_OF_TASK = ["--max-old-space-size=256", "--max-semi-space-size=1"];

export interface Services {
  /** `127.0.0.1:PORT`. */
  readonly agent: string;
  readonly engine: string;
}

/** `nodeOptions`: besides those of the heap. */
export function startGateway(
  { agent, engine }: Services,
  nodeOptions: readonly string[] = [],
): Promise<ServiceProcess> {
  const env = {
    HTTP_HOST: "127.0.0.1",
    HTTP_PORT: "0",
    HEALTH_PORT: "0",
    MAX_CONNECTIONS_PER_ADDRESS: "4096",
    WORKFLOW_SERVICE_HOST: agent,
    WORKFLOW_ENGINE_HOST: engine,
  };
  return ServiceProcess.start("api-gateway", {
    env,
    ready: "listening",
    nodeOptions: [...HEAP_OF_TASK, ...nodeOptions],
  });
}

export interface Resident {
  readonly nowBytes: number;
  /** Since the process began. */
  readonly mostBytes: number;
}

export function residentOf({ pid }: ServiceProcess): Resident {
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  const bytes = (field: string): number => KIB * Number(new RegExp(`^${field}:\\s+(\\d+)`, "m").exec(status)?.[1]);
  return { nowBytes: bytes("VmRSS"), mostBytes: bytes("VmHWM") };
}
