// The process of the cloud ends without cleaning up. The kernel closes its pipes.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { expect, onTestFinished, test } from "vitest";
import { fixture, isAlive, testFolder, testVpc, until } from "./support.ts";

test.each(["SIGKILL", "SIGTERM"] as const)("no task remains when the process of the cloud gets %s", async (signal) => {
  const cloud = spawn(process.execPath, ["--conditions=source", fixture("cloud-process"), testVpc(), testFolder()], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  onTestFinished(() => void cloud.kill("SIGKILL"));
  const pids: number[] = [];
  for await (const line of createInterface({ input: cloud.stdout })) {
    if (line === "steady") break;
    pids.push(Number(line.replace("pid ", "")));
  }
  expect(pids.filter(isAlive)).toHaveLength(2);
  const exited = once(cloud, "exit");
  cloud.kill(signal);
  await exited;
  await until(
    () => pids.filter(isAlive),
    (alive) => alive.length === 0,
  );
});
