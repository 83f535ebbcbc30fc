import { execFile } from "node:child_process";
import { readdir, readFile, readlink } from "node:fs/promises";
import { promisify } from "node:util";
import type { HostPort } from "@agent-team/foundation/host-port";

/** include/net/tcp_states.h, as /proc/net/tcp prints it. */
const TCP_LISTEN = "0A";

/**
 * Finds the program that listens on an IPv4 address, for an error message: `node server.js (pid 4711)`. Undefined when the
 * system does not show it (a process of another user). It never names a listener on the same port of another address, and
 * never throws.
 */
export async function findPortOwner(address: HostPort): Promise<string | undefined> {
  try {
    return process.platform === "linux" ? await ownerFromProc(address) : await ownerFromLsof(address);
  } catch {
    return undefined; // the caller reports EADDRINUSE without the program
  }
}

async function ownerFromProc(address: HostPort): Promise<string | undefined> {
  const tables = ["/proc/net/tcp", "/proc/net/tcp6"].map((table) => readFile(table, "utf8").catch(() => ""));
  const inodes = new Set(listeningInodes((await Promise.all(tables)).join("\n"), address));
  if (inodes.size === 0) return undefined;
  const pids = (await readdir("/proc")).filter((name) => /^\d+$/.test(name));
  for (const pid of pids) {
    if (await holdsSocket(pid, inodes)) return describe(pid);
  }
  return undefined;
}

/**
 * Inodes of the listeners that conflict with the address, from the rows of /proc/net/tcp and tcp6:
 * `sl local_address rem_address st tx:rx tr:when retrnsmt uid timeout inode …`. Ports and addresses are hexadecimal;
 * addresses are 32-bit words in the machine's byte order. Only little-endian machines are supported: on others nothing is found.
 */
export function listeningInodes(rows: string, { host, port }: HostPort): readonly string[] {
  const suffix = `:${hexadecimal(port, 4)}`;
  const listeners = rows.split("\n").flatMap((row) => {
    const [, local, , state, , , , , , inode] = row.trim().split(/\s+/);
    if (state !== TCP_LISTEN || inode === undefined || !local?.endsWith(suffix)) return [];
    return [{ bound: local.slice(0, -suffix.length), inode }];
  });
  const own = host
    .split(".")
    .toReversed()
    .map((octet) => hexadecimal(Number(octet), 2))
    .join("");
  return closest(listeners, [
    [own, `0000000000000000FFFF0000${own}`],
    ["00000000"],
    // A listener on `::` accepts IPv4 too, unless it has IPV6_V6ONLY, which the table does not show: it is the last guess.
    ["0".repeat(32)],
  ]).map(({ inode }) => inode);
}

/** The listeners on the first group of addresses that has one: only one group can have the port. */
function closest<T extends { readonly bound: string }>(
  listeners: readonly T[],
  groups: readonly (readonly string[])[],
): readonly T[] {
  const found = groups.map((group) => listeners.filter(({ bound }) => group.includes(bound)));
  return found.find((each) => each.length > 0) ?? [];
}

function hexadecimal(value: number, digits: number): string {
  return value.toString(16).toUpperCase().padStart(digits, "0");
}

async function holdsSocket(pid: string, inodes: ReadonlySet<string>): Promise<boolean> {
  // A process can end meanwhile, and those of other users cannot be read: neither is named.
  const descriptors = await readdir(`/proc/${pid}/fd`).catch(() => []);
  const links = await Promise.all(descriptors.map((fd) => readlink(`/proc/${pid}/fd/${fd}`).catch(() => "")));
  return links.some((link) => inodes.has(/^socket:\[(\d+)\]$/.exec(link)?.[1] ?? ""));
}

async function describe(pid: string): Promise<string> {
  const words = (await readFile(`/proc/${pid}/cmdline`, "utf8")).split("\0").filter((word) => word !== "");
  return `${words.slice(0, 4).join(" ").slice(0, 120)} (pid ${pid})`;
}

async function ownerFromLsof(address: HostPort): Promise<string | undefined> {
  const { stdout } = await promisify(execFile)("lsof", ["-nP", `-iTCP:${address.port}`, "-sTCP:LISTEN", "-Fpcn"]);
  return listenerInLsof(stdout, address);
}

/** Finds the program in the output of `lsof -Fpcn`: for each process the lines `p4711` and `cnode`, then `n127.0.0.1:8000` for each listener. */
export function listenerInLsof(output: string, { host, port }: HostPort): string | undefined {
  let owner = "";
  const listeners = output.split("\n").flatMap((line) => {
    const value = line.slice(1);
    if (line.startsWith("p")) owner = `a program (pid ${value})`;
    if (line.startsWith("c")) owner = owner.replace("a program", value);
    return line.startsWith("n") ? [{ bound: value, owner }] : [];
  });
  return closest(listeners, [[`${host}:${port}`], [`*:${port}`]])[0]?.owner;
}
