import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { onTestFinished } from "vitest";
import {
  type CloudEvent,
  type LocalCloud,
  type LocalCloudOptions,
  type ServiceDefinition,
  startLocalCloud,
  type TaskDescription,
} from "../src/index.ts";

/** An address block that no other test process of this run has. */
export function testVpc(): string {
  return `127.${40 + ((process.ppid * 16 + Number(process.env["VITEST_POOL_ID"] ?? 0)) % 200)}.0.0/16`;
}

export function fixture(name: string): string {
  return fileURLToPath(new URL(`./fixtures/${name}.ts`, import.meta.url));
}

/** A folder that is removed at the end of the test. */
export function testFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "local-cloud-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true, maxRetries: 3 }));
  return folder;
}

/** Tasks of the echo fixture. */
export function echoService(overrides: Partial<ServiceDefinition> = {}): ServiceDefinition {
  return {
    name: "workflow-agent",
    program: fixture("echo-task"),
    port: 50051,
    protocol: "grpc",
    clientPrefix: "WORKFLOW_SERVICE",
    desired: 2,
    ...overrides,
  };
}

/** Sets the status with which a path of an echo task's health port answers. Throws without a task. */
export async function answerFrom(task: TaskDescription | undefined, path: string, status: number): Promise<void> {
  if (task === undefined) throw new Error("no task");
  await fetch(`http://${task.host}:${task.healthPort}${path}`, { method: "PUT", body: String(status) });
}

/** A fast cloud of echo tasks. It is closed at the end of the test, which fails when a process remains. */
export async function startTestCloud(options: LocalCloudOptions = {}): Promise<LocalCloud> {
  const pids = new Set<number>();
  const cloud = await startLocalCloud({
    vpc: testVpc(),
    services: [echoService()],
    publishedPort: 0,
    apiPort: 0,
    logFolder: testFolder(),
    speed: 20,
    ...options,
    onEvent: (event) => {
      if (event.kind === "task-changed" && event.task.pid !== undefined) pids.add(event.task.pid);
      options.onEvent?.(event);
    },
  });
  onTestFinished(async () => {
    await cloud.close();
    const left = [...pids].filter(isAlive);
    if (left.length > 0) throw new Error(`processes left: ${left.join(", ")}`);
  });
  return cloud;
}

/** Whether the process runs. A zombie does not. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return process.platform !== "linux" || !readFileSync(`/proc/${pid}/stat`, "utf8").includes(") Z ");
  } catch {
    return false;
  }
}

/** Resolves to the next event that `matches`. */
export function nextEvent(cloud: LocalCloud, matches: (event: CloudEvent) => boolean): Promise<CloudEvent> {
  return new Promise((resolve) => {
    const unsubscribe = cloud.subscribe((event) => {
      if (!matches(event)) return;
      unsubscribe();
      resolve(event);
    });
  });
}

/** Calls `ask` once per turn of the event loop until its result satisfies. The test's timeout is the limit. */
export async function until<T>(ask: () => T | Promise<T>, satisfies: (answer: T) => boolean): Promise<T> {
  for (;;) {
    const answer = await ask();
    if (satisfies(answer)) return answer;
    await new Promise((resolve) => setImmediate(resolve));
  }
}

/** A connection to an echo task, directly or through a load balancer, and the address that the task sent. */
export interface EchoConnection {
  readonly socket: Socket;
  readonly from: string;
}

/** Rejects when the connection is refused, reset or ended before the greeting. */
export function greet(host: string, port: number): Promise<EchoConnection> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port, allowHalfOpen: true });
    socket.on("error", reject);
    socket.on("end", () => reject(new Error("ended without a greeting")));
    socket.once("data", (line) => resolve({ socket, from: line.toString().trim() }));
  });
}
