// Helpers for tests of the command line.

import { readFileSync } from "node:fs";

/** An address block that no other test process of this run has. */
export const TEST_VPC: string = `127.${40 + ((process.ppid * 16 + Number(process.env["VITEST_POOL_ID"] ?? 0)) % 200)}.0.0/16`;

/** The parent of a process. Linux only. */
export function parentOf(pid: number): number {
  return Number(/^PPid:\t(\d+)$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]);
}
