/** Faults of the client's own process. */

import { spawnSync } from "node:child_process";
import { closeSync, openSync } from "node:fs";
import { systemClock } from "@agent-team/foundation/clock";
import type { ClientFault } from "../scenario.ts";

/** The process may open so many files, and opens as many as it can. */
const FILES = 256;

const files: number[] = [];
// oxlint-disable-next-line no-restricted-globals -- the clock that this scenario moves is the ambient one
const AmbientDate = Date;
const wallNow = AmbientDate.now;

export function suffer(fault: ClientFault): void {
  switch (fault.kind) {
    case "block":
      return block(fault.ms);
    case "clock":
      AmbientDate.now = () => wallNow() + fault.byMs;
      return;
    case "descriptors":
      return openAll();
    case "release":
      for (const file of files.splice(0)) closeSync(file);
      return;
  }
}

function block(ms: number): void {
  const untilMs = systemClock.now() + ms;
  while (systemClock.now() < untilMs);
}

/** @throws Error without `prlimit`, which util-linux has. */
function openAll(): void {
  const limited = spawnSync("prlimit", ["--pid", String(process.pid), `--nofile=${FILES}:${FILES}`]);
  if (limited.status !== 0) throw new Error(`prlimit: ${limited.error?.message ?? String(limited.stderr)}`);
  try {
    while (files.length < FILES) files.push(openSync("/dev/null", "r"));
  } catch {
    // EMFILE: no file can be opened any more, which is the fault
  }
}
