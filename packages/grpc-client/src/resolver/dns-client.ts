/**
 * Questions to a name server. Comes in: a name. Goes out: its records, with their TTL, or an error that says in words what
 * the server said. Never does: ask about what the hosts file knows, which is `getaddrinfo`'s and has no TTL; wait longer
 * than `DEADLINE_MS`.
 */

import { promises as dns } from "node:dns";
import type { Clock } from "../clock.ts";
import { formatAddress } from "../endpoint.ts";
import { ChannelError } from "../errors.ts";
import type { HostPort } from "../host-port.ts";
import { Status } from "../status.ts";

/** Of one try with one server. In a VPC an answer takes about a millisecond; UDP loses packets, so there is a second try. */
const TRY_TIMEOUT_MS = 2_000;
const TRIES = 2;
/** Both tries and some slack. The library multiplies its own bound by the number of configured servers. */
const DEADLINE_MS = 5_000;

/** `resolveSrv` does not tell a TTL, and the A records of a target do; so SRV records have none here. */
export interface ServiceRecord {
  readonly name: string;
  readonly port: number;
}

export interface AddressRecord {
  readonly address: string;
  readonly ttlMs: number;
}

export class DnsClient {
  readonly #resolver = new dns.Resolver({ timeout: TRY_TIMEOUT_MS, tries: TRIES });
  readonly #clock: Clock;

  /** `server`: default the system's name servers. */
  constructor(clock: Clock, server: HostPort | undefined) {
    this.#clock = clock;
    if (server !== undefined) this.#resolver.setServers([formatAddress(server)]);
  }

  /** A records. Empty when the name or its addresses do not exist. @throws ChannelError `unavailable` when no answer came. */
  addresses(name: string): Promise<readonly AddressRecord[]> {
    return this.#ask(name, "A", async () => {
      const records = await this.#resolver.resolve4(name, { ttl: true });
      return records.map(({ address, ttl }) => ({ address, ttlMs: ttl * 1_000 }));
    });
  }

  /** SRV records. Empty when there are none. @throws ChannelError `unavailable` when no answer came. */
  services(name: string): Promise<readonly ServiceRecord[]> {
    return this.#ask(name, "SRV", async () => await this.#resolver.resolveSrv(name));
  }

  /** Ends every question under way. */
  cancel(): void {
    this.#resolver.cancel();
  }

  async #ask<T>(name: string, type: string, question: () => Promise<readonly T[]>): Promise<readonly T[]> {
    const deadline = this.#clock.setTimer(DEADLINE_MS, () => this.#resolver.cancel(), { unref: true });
    try {
      return await question();
    } catch (error) {
      const code = (error as NodeJS.ErrnoException).code ?? String(error);
      if (code === dns.NOTFOUND || code === dns.NODATA) return [];
      throw new ChannelError(Status.unavailable, `DNS ${type} ${name}: ${explain(code)}`, { cause: error });
    } finally {
      deadline.cancel();
    }
  }
}

const EXPLANATIONS: Readonly<Record<string, string>> = {
  [dns.TIMEOUT]: "the name server does not answer",
  [dns.CANCELLED]: "the name server does not answer",
  [dns.CONNREFUSED]: "nothing listens at the name server's address",
  [dns.SERVFAIL]: "the name server failed (SERVFAIL)",
  [dns.REFUSED]: "the name server refused (REFUSED)",
  [dns.BADRESP]: "the name server's answer is malformed",
};

function explain(code: string): string {
  return EXPLANATIONS[code] ?? code;
}
