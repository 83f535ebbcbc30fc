/**
 * The issuer's published keys. In: a token's header. Out: the key to verify the token with, or KeysUnavailable. jose
 * caches the keys for ten minutes, and fetches them again for an unknown key id, at most once in 30 s.
 *
 * While the issuer cannot be reached, the last keys are used for an hour, so that its outage is not ours. A token that
 * needs another key is neither good nor bad then: KeysUnavailable. No failure of the issuer makes a token good.
 */

import type { Clock } from "@agent-team/foundation/clock";
import { setPeerTimer } from "@agent-team/foundation/peer-timer";
import { createRemoteJWKSet, customFetch, errors, type FetchImplementation, type JWTVerifyGetKey } from "jose";

export interface JwksOptions {
  readonly url: URL;
  readonly clock: Clock;
  /** Called when fetching starts to fail, with the reason, and when it works again. */
  readonly onReachable?: ((isReachable: boolean, reason?: unknown) => void) | undefined;
  /** Time limit of one fetch, with its body, in ms. Default 3,000: a caller waits for it. */
  readonly timeoutMs?: number | undefined;
  /** Shortest time between two fetches for unknown key ids, in ms. Default 30,000. */
  readonly cooldownMs?: number | undefined;
}

/** The key that a token needs cannot be fetched now, so the token cannot be checked. */
export class KeysUnavailable extends Error {
  override readonly name = "KeysUnavailable";
}

/** How long fetched keys are used, in ms. A key that its issuer withdraws is accepted for so long. */
const CACHE_MS: number = 10 * 60_000;

/** How long keys are used while the issuer cannot be reached, in ms from their fetch. */
const STALE_MS: number = 60 * 60_000;

/** Shortest time between a failed fetch and the next one, in ms: the Retry-After of callers is as long. */
const FAILURE_MS = 1_000;

/** The largest key set, in bytes: a set has a few keys of 1 KiB each. */
const MAX_BYTES: number = 256 * 1024;

/** A source of keys for `jwtVerify`. It throws KeysUnavailable, or jose's error when the set has no such key. */
export function createJwks(options: JwksOptions): JWTVerifyGetKey {
  const { url, cooldownMs = 30_000 } = options;
  const source = new KeySource(options);
  const keys = createRemoteJWKSet(url, {
    cooldownDuration: cooldownMs,
    cacheMaxAge: CACHE_MS,
    [customFetch]: source.fetch,
  });
  return async (header, token) => {
    try {
      return await keys(header, token);
    } catch (error) {
      // While the issuer cannot be reached the set is an old one: the key may be in the new set.
      if ((isAboutToken(error) || isAboutKey(error)) && source.isReachable) throw error;
      throw new KeysUnavailable("the issuer's keys cannot be fetched", { cause: error });
    }
  };
}

/** The set was read, and has no key for this token. */
function isAboutToken(error: unknown): boolean {
  return (
    error instanceof errors.JWKSNoMatchingKey ||
    error instanceof errors.JWKSMultipleMatchingKeys ||
    error instanceof errors.JOSENotSupported
  );
}

/**
 * Whether a key is at fault. An issuer may publish a key with a modulus of 1,024 bits or none, with half a point, or on an
 * unknown curve: jose refuses it with a TypeError, WebCrypto with a DOMException. Neither the caller nor we can correct it.
 */
export function isAboutKey(error: unknown): boolean {
  return error instanceof TypeError || error instanceof DOMException || error instanceof errors.JWKInvalid;
}

/** Fetches key sets of a bounded size, waits after a failure, and falls back to the last good set. */
class KeySource {
  readonly #options: JwksOptions;
  #good: { readonly text: string; readonly atMs: number } | undefined;
  #failure: { readonly reason: unknown; readonly atMs: number } | undefined;

  constructor(options: JwksOptions) {
    this.#options = options;
  }

  /** Whether the last fetch succeeded. */
  get isReachable(): boolean {
    return this.#failure === undefined;
  }

  readonly fetch: FetchImplementation = async (url, init) => {
    const { clock, onReachable, timeoutMs = 3_000 } = this.#options;
    const failure = this.#failure;
    if (failure !== undefined && clock.now() - failure.atMs < FAILURE_MS) return this.#fallBack(failure.reason);
    const timeout = new AbortController();
    const onSilence = (): void => timeout.abort(new Error(`no key set within ${timeoutMs} ms`));
    const timer = setPeerTimer(clock, timeoutMs, onSilence, { unref: true });
    try {
      // Not jose's signal: its time is over in a process that was blocked, although the answer may be here.
      const text = await readKeySet(await fetch(url, { ...init, signal: timeout.signal }));
      this.#good = { text, atMs: clock.now() };
      this.#failure = undefined;
      if (failure !== undefined) onReachable?.(true);
      return new Response(text);
    } catch (reason) {
      this.#failure = { reason, atMs: clock.now() };
      if (failure === undefined) onReachable?.(false, reason);
      return this.#fallBack(reason);
    } finally {
      timer.cancel();
    }
  };

  #fallBack(reason: unknown): Response {
    const good = this.#good;
    if (good !== undefined && this.#options.clock.now() - good.atMs < STALE_MS) return new Response(good.text);
    throw reason;
  }
}

async function readKeySet(response: Response): Promise<string> {
  if (response.status !== 200) throw new Error(`expected status 200, got ${response.status}`);
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of response.body ?? []) {
    bytes += chunk.byteLength;
    if (bytes > MAX_BYTES) throw new Error(`expected at most ${MAX_BYTES} bytes`);
    chunks.push(chunk);
  }
  const text = Buffer.concat(chunks).toString();
  if (isKeySet(JSON.parse(text))) return text;
  throw new Error("expected a JSON Web Key Set, an object with a list of keys");
}

function isKeySet(value: unknown): boolean {
  const keys = typeof value === "object" && value !== null && "keys" in value ? value.keys : undefined;
  return Array.isArray(keys) && keys.every((key) => typeof key === "object" && key !== null && !Array.isArray(key));
}
