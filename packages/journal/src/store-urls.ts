/** The values of REDIS_URL and JOURNAL_URL. Loads no client, for programs that only pass them on. */

import type { HostPort } from "@agent-team/foundation/host-port";
import { parseRedisUrl, type RedisTarget, withoutCredentials } from "./redis/url.ts";

/** @throws Error as of `createJournal` */
export function readRedisUrl(text: string): RedisTarget {
  const target = parseRedisUrl(text);
  if (target !== undefined) return target;
  const shown = withoutCredentials(text);
  throw configError(`REDIS_URL=${shown}: expected a URL such as rediss://:password@host:6379/0`);
}

/** @throws Error as of `createJournal` */
export function readJournalUrl(text: string): HostPort {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const isPlain = url !== undefined && url.protocol === "tcp:" && /^\/?$/.test(url.pathname) && url.username === "";
  if (!isPlain || url.hostname === "" || !(Number(url.port) > 0)) {
    throw configError(`JOURNAL_URL=${text}: expected a URL such as tcp://host:port`);
  }
  return { host: url.hostname.replace(/^\[(.*)\]$/, "$1"), port: Number(url.port) };
}

/** By its name a program distinguishes a wrong variable from a defect, without a dependency on the class. */
export function configError(message: string): Error {
  return Object.assign(new Error(message), { name: "ConfigError" });
}
