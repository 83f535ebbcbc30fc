/** Runs find-and-leave.ts as a process of its own, which ends if nothing of its open channel keeps it running. */

import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import type { ChannelOptions, ChannelSnapshot, Target } from "../../src/index.ts";

interface Ended {
  readonly code: number | null;
  readonly snapshot: ChannelSnapshot;
}

/** `folder`: the package, or a copy of it. */
export async function findAndLeave(folder: string, to: Target, options: ChannelOptions = {}): Promise<Ended> {
  const program = join(folder, "test", "support", "find-and-leave.ts");
  const child = spawn(process.execPath, [...process.execArgv, program, JSON.stringify(to), JSON.stringify(options)], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  let said = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    said += text;
  });
  const [code] = (await once(child, "close")) as [number | null];
  return { code, snapshot: JSON.parse(said) as ChannelSnapshot };
}
