/**
 * The last known good endpoints of a channel, in a file: a process that starts while discovery fails can still make calls. In: the
 * sets of each tier. Out: a file, replaced by rename at most every 10 s, and its endpoints. It never throws; a file that cannot be
 * used or written is reported by `onIgnored`, once for each reason.
 *
 * The file decides where calls go. It is written with mode 0600, and ignored if another user may write it.
 */

import type * as files from "node:fs/promises";
import type { Clock, Timer } from "@agent-team/foundation/clock";
import { isIpAddress } from "@agent-team/foundation/host-port";
import type { Endpoint } from "../endpoint.ts";
import { parseEndpointFile, type SavedTier, type SavedTiers } from "./endpoint-file-format.ts";

/** Not by an import, which would cost each start a millisecond also without a file. */
const filesOfNode = (): typeof files => process.getBuiltinModule("node:fs/promises");

/** A set changes with deployments, not with calls: of a lost write at most this much is missing. */
const WRITE_INTERVAL_MS = 10_000;
/** Addresses are reused. After a day they more likely belong to other tasks than to those of the target. */
const MAX_AGE_MS = 86_400_000;
/** Wall clocks are adjusted; a file from further in the future has no known age. */
const MAX_AHEAD_MS = 60_000;
/** A thousand endpoints take about 200 KB. */
const MAX_BYTES = 4 << 20;
/** Write permission of the group and of others. */
const FOREIGN_WRITE = 0o022;

export interface EndpointFileInit {
  readonly path: string;
  /** The target's name. A file of another target is ignored. */
  readonly target: string;
  readonly clock: Clock;
  readonly onIgnored: (reason: string) => void;
}

/** The part of the file that belongs to one tier. */
export interface EndpointMemory {
  /** The saved endpoints and their age, if they are at most 24 h old. */
  read(): Promise<{ readonly endpoints: readonly Endpoint[]; readonly ageMs: number } | undefined>;
  save(endpoints: Iterable<Endpoint>): void;
}

export class EndpointFile {
  readonly #init: EndpointFileInit;
  readonly #tiers = new Map<string, SavedTier>();
  #loading: Promise<void> | undefined;
  #timer: Timer | undefined;
  #writtenMs = Number.NEGATIVE_INFINITY;
  #isWriting = false;
  /** A set was saved since the last write began. */
  #hasNews = false;
  #isClosed = false;
  #lastReason: string | undefined;

  constructor(init: EndpointFileInit) {
    this.#init = init;
  }

  tier(name: string): EndpointMemory {
    return { read: () => this.#read(name), save: (endpoints) => this.#save(name, endpoints) };
  }

  /** Later sets are not written. A write that has begun ends. */
  close(): void {
    this.#isClosed = true;
    this.#timer?.cancel();
  }

  async #read(name: string): ReturnType<EndpointMemory["read"]> {
    await this.#load();
    const saved = this.#tiers.get(name);
    if (saved === undefined) return undefined;
    const ageMs = this.#init.clock.wallNow() - saved.savedMs;
    if (ageMs <= MAX_AGE_MS && ageMs >= -MAX_AHEAD_MS) {
      return { endpoints: saved.endpoints, ageMs: Math.max(0, ageMs) };
    }
    const reason = ageMs > 0 ? `is ${Math.round(ageMs / 3_600_000)} hours old` : "is from the future";
    this.#ignore(`the endpoints of ${name}: expected at most 24 hours old, and the file ${reason}`);
    return undefined;
  }

  #save(name: string, endpoints: Iterable<Endpoint>): void {
    // A reserve is no longer registered, and a host name comes from the configuration.
    const listed = [...endpoints].filter(({ isReserve, host }) => isReserve !== true && isIpAddress(host));
    if (listed.length === 0) return;
    this.#tiers.set(name, { savedMs: this.#init.clock.wallNow(), endpoints: listed });
    this.#hasNews = true;
    this.#schedule();
  }

  #schedule(): void {
    if (this.#isClosed || this.#isWriting || this.#timer !== undefined) return;
    const { clock } = this.#init;
    const write = (): void => {
      this.#timer = undefined;
      void this.#write();
    };
    const waitMs = Math.max(0, this.#writtenMs + WRITE_INTERVAL_MS - clock.now());
    this.#timer = clock.setTimer(waitMs, write, { unref: true });
  }

  /** Reads the file once. What a tier has saved since is newer. */
  #load(): Promise<void> {
    this.#loading ??= this.#readFile().then((saved) => {
      for (const [name, tier] of saved) if (!this.#tiers.has(name)) this.#tiers.set(name, tier);
    });
    return this.#loading;
  }

  async #readFile(): Promise<SavedTiers> {
    const { path, target } = this.#init;
    try {
      return parseEndpointFile(await readChecked(path), target);
    } catch (error) {
      // Before the first write there is no file.
      if ((error as NodeJS.ErrnoException).code !== "ENOENT") this.#ignore((error as Error).message);
      return new Map();
    }
  }

  async #write(): Promise<void> {
    const { path, target, clock } = this.#init;
    this.#isWriting = true;
    this.#writtenMs = clock.now();
    const draft = `${path}.${process.getBuiltinModule("node:crypto").randomUUID()}.tmp`;
    try {
      // Tiers that this process has not resolved yet stay in the file.
      await this.#load();
      this.#hasNews = false;
      const text = JSON.stringify({ version: 1, target, tiers: Object.fromEntries(this.#tiers) });
      await filesOfNode().writeFile(draft, text, { mode: 0o600, flag: "wx" });
      await filesOfNode().rename(draft, path);
      this.#lastReason = undefined;
    } catch (error) {
      await filesOfNode()
        .rm(draft, { force: true })
        .catch(() => {}); // The error of the write is the one to report.
      this.#ignore(`it cannot be written: ${(error as Error).message}`);
    } finally {
      this.#isWriting = false;
      if (this.#hasNews) this.#schedule();
    }
  }

  #ignore(reason: string): void {
    if (this.#lastReason === reason || this.#isClosed) return;
    this.#lastReason = reason;
    this.#init.onIgnored(reason);
  }
}

/** @throws Error when the file is not there, may be written by others, or is too large */
async function readChecked(path: string): Promise<string> {
  const file = await filesOfNode().open(path, "r"); // closed below: Node 22 has no `await using`
  try {
    const { mode, size } = await file.stat();
    // Windows has no such bits, and reports them as set.
    if (process.platform !== "win32" && (mode & FOREIGN_WRITE) !== 0) {
      throw new Error(`its mode is ${(mode & 0o777).toString(8)}: expected that only its owner may write it`);
    }
    if (size > MAX_BYTES) throw new Error(`it has ${size} bytes: expected at most ${MAX_BYTES}`);
    return await file.readFile("utf8");
  } finally {
    await file.close();
  }
}
