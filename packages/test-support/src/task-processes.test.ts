import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { expect, test } from "vitest";
import { taskProcesses } from "./task-processes.ts";

test("a process with an address of the block is found until it ends", async ({ skip }) => {
  if (!existsSync("/proc")) skip("no /proc on this machine");
  const env = { ...process.env, HEALTH_HOST: "127.251.7.1" };
  const child = spawn("sh", ["-c", "echo started; read line"], { env, stdio: ["pipe", "pipe", "inherit"] });
  await once(child.stdout, "data");
  expect(taskProcesses("127.251.0.0/16")).toEqual([child.pid]);
  expect(taskProcesses("127.25.0.0/16")).toEqual([]);
  child.stdin.end();
  await once(child, "close");
  expect(taskProcesses("127.251.0.0/16")).toEqual([]);
});
