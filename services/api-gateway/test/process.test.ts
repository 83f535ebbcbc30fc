// The gateway as ECS runs it: a process that gets variables and signals.

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const MAIN = fileURLToPath(new URL("../src/main.ts", import.meta.url));

/** Services that do not listen: the discard port, on an address of our own. */
const NO_SERVICES = {
  WORKFLOW_SERVICE_HOST: "127.77.0.1",
  WORKFLOW_SERVICE_PORT: "9",
  WORKFLOW_ENGINE_HOST: "127.77.0.1",
  WORKFLOW_ENGINE_PORT: "9",
};
const LOCAL = { ...NO_SERVICES, HTTP_HOST: "127.0.0.1", HTTP_PORT: "0", HEALTH_PORT: "0", LAME_DUCK_MS: "0" };

test.each(["SIGTERM", "SIGINT"] as const)(
  "the gateway serves without its services, and exits with 0 on %s",
  async (signal) => {
    await using gateway = new Program(LOCAL);
    const { port, health_port } = await gateway.listening();

    expect((await fetch(`http://127.0.0.1:${health_port}/readyz`)).status).toBe(200);
    expect((await fetch(`http://127.0.0.1:${port}/health`)).status).toBe(200);
    const response = await fetch(`http://127.0.0.1:${port}/v1/node-types`);
    expect([response.status, response.headers.get("retry-after")]).toEqual([503, "1"]);
    expect(await response.json()).toMatchObject({ code: "UNAVAILABLE", reason: "SERVICE_UNAVAILABLE" });

    gateway.child.kill(signal);
    expect(await gateway.exit()).toEqual({ code: 0, stderr: "" });
  },
);

test("a wrong variable is one line and exit code 1", async () => {
  await using gateway = new Program({ ...LOCAL, HTTP_PORT: "abc" });
  expect(await gateway.exit()).toEqual({
    code: 1,
    stderr: expect.stringMatching(/^HTTP_PORT=abc: expected a port.*\n$/),
  });
});

test.each([
  [{ ENVIRONMENT: "production" }, /^AUTH_MODE=none: expected .* ENVIRONMENT=production: .*\n$/],
  [{ AUTH_MODE: "api_key", IDENTITY_SECRET: "x".repeat(32) }, /^API_KEYS is not set: expected .*\n$/],
])("an incomplete authentication %j is one line and exit code 1", async (env, stderr) => {
  await using gateway = new Program({ ...LOCAL, ...env });
  expect(await gateway.exit()).toEqual({ code: 1, stderr: expect.stringMatching(stderr) });
});

test("a channel without a target is one line and exit code 1", async () => {
  const { WORKFLOW_ENGINE_HOST: _, WORKFLOW_ENGINE_PORT: __, ...env } = LOCAL;
  await using gateway = new Program(env);
  expect(await gateway.exit()).toEqual({ code: 1, stderr: expect.stringMatching(/^[^\n]*WORKFLOW_ENGINE[^\n]*\n$/) });
});

test("a port that is taken is one line and exit code 1", async () => {
  const other = createServer().listen(0, "127.0.0.1");
  await once(other, "listening");
  const { port } = other.address() as { port: number };
  await using gateway = new Program({ ...LOCAL, HTTP_PORT: String(port) });
  expect(await gateway.exit()).toEqual({
    code: 1,
    stderr: expect.stringMatching(new RegExp(`^HTTP_PORT=${port}: .* taken .*\n$`)),
  });
  other.close();
  await once(other, "close");
});

/** Its programs start with half the CPU. */
const COMPILE_CACHE = { NODE_COMPILE_CACHE: process.env["NODE_COMPILE_CACHE"] };

/** A gateway process. Disposal kills it. */
class Program implements AsyncDisposable {
  readonly child: ChildProcess;
  readonly #exited: Promise<unknown[]>;
  #stdout = "";
  #stderr = "";

  constructor(env: Readonly<Record<string, string>>) {
    this.child = spawn(process.execPath, [...process.execArgv, MAIN], {
      env: { ...COMPILE_CACHE, ...env },
      stdio: ["ignore", "pipe", "pipe"],
    });
    this.#exited = once(this.child, "close");
    this.child.stdout?.setEncoding("utf8").on("data", (chunk: string) => (this.#stdout += chunk));
    this.child.stderr?.setEncoding("utf8").on("data", (chunk: string) => (this.#stderr += chunk));
  }

  /** The log line with its ports. */
  async listening(): Promise<{ readonly port: number; readonly health_port: number }> {
    for (;;) {
      const line = this.#stdout.split("\n").find((text) => text.includes('"listening"'));
      if (line !== undefined) return JSON.parse(line);
      const [ended] = await Promise.race([once(this.child.stdout!, "data"), this.#exited.then(() => [undefined])]);
      if (ended === undefined) throw new Error(`the gateway ended: ${this.#stderr}${this.#stdout}`);
    }
  }

  async exit(): Promise<{ readonly code: number | null; readonly stderr: string }> {
    await this.#exited;
    return { code: this.child.exitCode, stderr: this.#stderr };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.child.kill("SIGKILL");
    await this.#exited;
  }
}
