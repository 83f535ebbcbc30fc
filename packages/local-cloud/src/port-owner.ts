import { execFile } from "node:child_process";
import { readdir, readFile, readlink } from "node:fs/promises";
import { promisify } from "node:util";

/**
 * Who listens on a TCP port of this machine, in words for an error message: `node server.js (pid 4711)`.
 * Undefined when nobody does or the system does not tell (another user's process). Never throws.
 */
export async function findPortOwner(port: number): Promise<string | undefined> {
  try {
    return process.platform === "linux" ? await ownerFromProc(port) : await ownerFromLsof(port);
  } catch {
    return undefined; // the message is then poorer, which must not hide the error it is about
  }
}

async function ownerFromProc(port: number): Promise<string | undefined> {
  const inodes = new Set<string>();
  for (const table of ["/proc/net/tcp", "/proc/net/tcp6"]) {
    for (const inode of listeningInodes(await readFile(table, "utf8").catch(() => ""), port)) inodes.add(inode);
  }
  if (inodes.size === 0) return undefined;
  const pids = (await readdir("/proc")).filter((name) => /^\d+$/.test(name));
  for (const pid of pids) {
    if (await holdsSocket(pid, inodes)) return describe(pid);
  }
  return undefined;
}

/**
 * Inodes of the sockets of one /proc/net/tcp table that listen on `port`, whatever the address. A line is
 * `sl local_address rem_address st tx:rx tr:when retrnsmt uid timeout inode …`, addresses and ports in hexadecimal.
 */
export function listeningInodes(table: string, port: number): readonly string[] {
  const listen = "0A"; // TCP_LISTEN in include/net/tcp_states.h
  const suffix = `:${port.toString(16).toUpperCase().padStart(4, "0")}`;
  const rows = table.split("\n").map((line) => line.trim().split(/\s+/));
  return rows.flatMap(([, local, , state, , , , , , inode]) =>
    local?.endsWith(suffix) && state === listen && inode !== undefined ? [inode] : [],
  );
}

async function holdsSocket(pid: string, inodes: ReadonlySet<string>): Promise<boolean> {
  // Processes end while we look, and those of other users refuse: both hold nothing that we could name.
  const descriptors = await readdir(`/proc/${pid}/fd`).catch(() => []);
  const links = await Promise.all(descriptors.map((fd) => readlink(`/proc/${pid}/fd/${fd}`).catch(() => "")));
  return links.some((link) => inodes.has(/^socket:\[(\d+)\]$/.exec(link)?.[1] ?? ""));
}

async function describe(pid: string): Promise<string> {
  const words = (await readFile(`/proc/${pid}/cmdline`, "utf8")).split("\0").filter((word) => word !== "");
  return `${words.slice(0, 4).join(" ").slice(0, 120)} (pid ${pid})`;
}

async function ownerFromLsof(port: number): Promise<string | undefined> {
  const { stdout } = await promisify(execFile)("lsof", ["-nP", `-iTCP:${port}`, "-sTCP:LISTEN", "-Fpc"]);
  const pid = /^p(\d+)$/m.exec(stdout)?.[1];
  const command = /^c(.+)$/m.exec(stdout)?.[1];
  return pid === undefined ? undefined : `${command ?? "a program"} (pid ${pid})`;
}
