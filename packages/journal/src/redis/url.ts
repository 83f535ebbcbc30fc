/** The address of a Redis, and the user. */
export interface RedisTarget {
  readonly host: string;
  readonly port: number;
  /** Encrypted, with a certificate that must be trusted and carry `host`. */
  readonly tls: boolean;
  /** Absent: the default user. */
  readonly username: string | undefined;
  readonly password: string | undefined;
  readonly database: number;
}

const DEFAULT_PORT = 6379;

/**
 * Reads `redis[s]://[[user]:password@]host[:port][/database]`; `undefined` for everything else, also for a query, because
 * no part of a URL may be without effect.
 */
export function parseRedisUrl(text: string): RedisTarget | undefined {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || (url.protocol !== "redis:" && url.protocol !== "rediss:")) return undefined;
  const path = /^\/?(\d{1,9})?$/.exec(url.pathname);
  const port = url.port === "" ? DEFAULT_PORT : Number(url.port);
  const [username, password] = [decoded(url.username), decoded(url.password)];
  if (url.hostname === "" || port === 0 || path === null || url.search !== "" || url.hash !== "") return undefined;
  if (username === undefined || password === undefined || (username !== "" && password === "")) return undefined;
  return {
    host: url.hostname.replace(/^\[(.*)\]$/, "$1"),
    port,
    tls: url.protocol === "rediss:",
    username: username === "" ? undefined : username,
    password: password === "" ? undefined : password,
    database: Number(path[1] ?? 0),
  };
}

/** `undefined` for a percent sign that encodes no character. */
function decoded(part: string): string | undefined {
  try {
    return decodeURIComponent(part);
  } catch {
    return undefined; // the only thing it throws for
  }
}

/** A URL without the part before the host, for errors; also for a URL that is not valid. */
export function withoutCredentials(url: string): string {
  return url.replace(/\/\/.*@/s, "//[redacted]@");
}
