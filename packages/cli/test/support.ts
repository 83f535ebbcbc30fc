// Helpers for tests of the command line.

import { once } from "node:events";
import { readdirSync, readFileSync } from "node:fs";
import { createServer } from "node:net";

/** An address block that no other test process of this run has. */
export const TEST_VPC: string = `127.${40 + ((process.ppid * 16 + Number(process.env["VITEST_POOL_ID"] ?? 0)) % 200)}.0.0/16`;

/** The running tasks of the cloud at `vpc`, by the address in their environment. Linux only. */
export function processesWith(vpc: string): readonly number[] {
  const prefix = `HEALTH_HOST=${vpc.split(".", 2).join(".")}.`;
  return readdirSync("/proc")
    .filter((pid) => {
      if (!/^\d+$/.test(pid)) return false;
      try {
        return readFileSync(`/proc/${pid}/environ`, "latin1").includes(prefix);
      } catch {
        return false; // the process has ended meanwhile
      }
    })
    .map(Number);
}

/** The parent of a process. Linux only. */
export function parentOf(pid: number): number {
  return Number(/^PPid:\t(\d+)$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]);
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  return typeof address === "object" && address !== null ? address.port : 0;
}
