import { InProcessJournal } from "./in-process.ts";
import type { Journal } from "./journal.ts";
import { TcpJournal, type TcpJournalOptions } from "./tcp/client.ts";

export interface CreateJournalOptions extends Omit<TcpJournalOptions, "host" | "port"> {
  /** The value of JOURNAL_URL, `tcp://host:port`. Default: maps in this process, which no other process shares. */
  readonly url?: string | undefined;
}

/**
 * The journal that the environment asks for.
 *
 * @throws Error of one line, naming JOURNAL_URL, its value and what is expected, when `url` is something else.
 *   A store that does not answer throws nothing: `isReady` says so, and it is tried again.
 */
export function createJournal({ url, ...options }: CreateJournalOptions): Journal {
  return url === undefined || url === "" ? new InProcessJournal() : new TcpJournal({ ...parse(url), ...options });
}

function parse(text: string): { host: string; port: number } {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const isPlain = url !== undefined && url.protocol === "tcp:" && /^\/?$/.test(url.pathname) && url.username === "";
  if (!isPlain || url.hostname === "" || !(Number(url.port) > 0)) {
    // The name is what lets a program tell a wrong variable from a defect, without a dependency on its class.
    throw Object.assign(new Error(`JOURNAL_URL=${text}: expected a URL such as tcp://host:port`), {
      name: "ConfigError",
    });
  }
  return { host: url.hostname.replace(/^\[(.*)\]$/, "$1"), port: Number(url.port) };
}
