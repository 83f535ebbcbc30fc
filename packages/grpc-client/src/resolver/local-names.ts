/**
 * Names that this machine resolves by its hosts file and by `getaddrinfo` (search domains, mDNS). In: a name. Out: addresses,
 * without TTL. It never runs two `getaddrinfo` calls for one name at a time: each holds one of the four threads of Node's pool
 * until libc gives up.
 */

import { lookup } from "node:dns/promises";
import { isIP } from "node:net";

const WINDOWS_HOSTS_FILE = String.raw`${process.env["SystemRoot"] ?? "C:\\Windows"}\System32\drivers\etc\hosts`;
const HOSTS_FILE = process.platform === "win32" ? WINDOWS_HOSTS_FILE : "/etc/hosts";

export class LocalNames {
  readonly #hostsFile: string;
  readonly #lookups = new Map<string, Promise<readonly string[]>>();

  /** `hostsFile`: default the system's. */
  constructor(hostsFile: string = HOSTS_FILE) {
    this.#hostsFile = hostsFile;
  }

  /**
   * Addresses in the hosts file. They take precedence over DNS, as in every program that uses libc: ECS Service Connect writes
   * its aliases there, and such a name can have other records in DNS.
   */
  async listed(name: string): Promise<readonly string[]> {
    // Some images have no hosts file.
    const text = await process
      .getBuiltinModule("node:fs/promises")
      .readFile(this.#hostsFile, "utf8")
      .catch(() => "");
    return hostsAddresses(text, name);
  }

  /** Addresses by `getaddrinfo`; empty when the name does not exist. @throws with libc's code when the lookup fails. */
  lookUp(name: string): Promise<readonly string[]> {
    const running = this.#lookups.get(name);
    if (running !== undefined) return running;
    const result = lookup(name, { all: true })
      .then(
        (found) => found.map(({ address }) => address),
        (error: NodeJS.ErrnoException) => {
          if (error.code === "ENOTFOUND") return [];
          throw error;
        },
      )
      .finally(() => this.#lookups.delete(name));
    this.#lookups.set(name, result);
    return result;
  }
}

/** hosts(5): "IP_address canonical_hostname [aliases...]"; "#" begins a comment. A name in several lines has all their addresses. */
export function hostsAddresses(text: string, name: string): readonly string[] {
  const wanted = name.toLowerCase().replace(/\.$/, "");
  const addresses = text.split(/\r?\n/).flatMap((line) => {
    const [address = "", ...names] = line.replace(/#.*/, "").trim().split(/\s+/);
    return isIP(address) !== 0 && names.some((each) => each.toLowerCase() === wanted) ? [address] : [];
  });
  return [...new Set(addresses)];
}
