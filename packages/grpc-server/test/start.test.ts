// An operator starts a server with a wrong variable, and reads the reason why it does not run.
import { createServer } from "node:net";
import { expect, test } from "vitest";
import { bind } from "../src/index.ts";
import { Program } from "./program.ts";

test("a wrong variable is one line on standard error and exit code 1", async () => {
  await using program = new Program({ GRPC_PORT: "abc" });

  expect(await program.exited).toBe(1);
  expect(program.stderr).toBe("GRPC_PORT=abc: expected a port, an integer from 1 to 65535 (0 picks a free one)\n");
});

test.for([
  ["GRPC_PORT", "127.0.0.1"],
  ["HEALTH_PORT", "127.0.0.1"],
] as const)("a taken %s is one line that names the address", async ([variable, host]) => {
  const other = createServer();
  const port = await bind(other, { host, port: 0, hostVariable: "HOST", portVariable: "PORT" });
  await using program = new Program({ [variable]: String(port) });

  expect(await program.exited).toBe(1);
  expect(program.stderr).toBe(
    `${variable}=${port}: expected a free port, but ${host}:${port} is taken by another program (0 picks a free one)\n`,
  );
  other.close();
});
