/** Which process has a connection, as Linux shows it in /proc. */

import { readdirSync, readFileSync, readlinkSync } from "node:fs";

/** The first of `pids` that has a TCP connection over IPv4 from this local port. @throws Error when none has */
export function ownerOf(port: number, pids: readonly number[]): number {
  const socket = socketOf(port);
  const owner = pids.find((pid) => socket !== undefined && has(pid, socket));
  if (owner === undefined) throw new Error(`expected one of the processes ${pids.join(", ")} with port ${port}`);
  return owner;
}

/** proc(5), /proc/net/tcp: the second field is the local address in hexadecimal digits, the tenth the inode. */
function socketOf(port: number): string | undefined {
  const end = `:${port.toString(16).toUpperCase().padStart(4, "0")}`;
  const lines = readFileSync("/proc/net/tcp", "utf8").trim().split("\n").slice(1);
  const fields = lines.map((line) => line.trim().split(/\s+/)).find(([, local]) => local?.endsWith(end));
  return fields && `socket:[${fields[9]}]`;
}

function has(pid: number, socket: string): boolean {
  const folder = `/proc/${pid}/fd`;
  return readdirSync(folder).some((fd) => linkOf(`${folder}/${fd}`) === socket);
}

/** Undefined when the file has been closed meanwhile. */
function linkOf(path: string): string | undefined {
  try {
    return readlinkSync(path);
  } catch {
    return undefined;
  }
}
