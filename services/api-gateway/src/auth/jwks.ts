/**
 * The issuer's published keys. In comes a token's header, out goes the key that must have signed it. Between the two
 * stand jose's cache (ten minutes) and its cooldown (a key id that nobody knows makes us ask again, once in 30 s at most).
 *
 * An issuer that cannot be reached never means that a token is good. Keys that were fetched before are used on for an
 * hour, because an outage of the issuer's shall not be one of ours; whatever needs other keys fails as `KeysUnavailable`.
 */

import type { Clock } from "@agent-team/foundation/clock";
import { createRemoteJWKSet, customFetch, errors, type FetchImplementation, type JWTVerifyGetKey } from "jose";

export interface JwksOptions {
  readonly url: URL;
  readonly clock: Clock;
  /** Told when the keys cannot be fetched any more, with the reason, and when they can be again. */
  readonly onReachable?: ((reachable: boolean, reason?: unknown) => void) | undefined;
  /** Limit of one fetch, its body included, in ms. Default 3,000: a caller waits for it. */
  readonly timeoutMs?: number | undefined;
  /** Between two fetches for key ids that are not known, in ms. Default 30,000. */
  readonly cooldownMs?: number | undefined;
}

/** The keys that a token needs cannot be had now; its signature is neither good nor bad. */
export class KeysUnavailable extends Error {
  override readonly name = "KeysUnavailable";
}

/** How long fetched keys count, in ms. A key that its issuer withdraws is refused after so long. */
const cacheMs: number = 10 * 60_000;

/** How long keys are used on while the issuer cannot be reached, in ms, from their fetch. */
const staleMs: number = 60 * 60_000;

/** After a failure, how long the issuer is not asked again, in ms: as long as callers are told to wait. */
const failureMs = 1_000;

/** A set has a few keys of a KiB each. */
const maxBytes: number = 256 * 1024;

/** @returns what `jwtVerify` asks for keys; throws KeysUnavailable, or jose's error when there is no such key */
export function createJwks(options: JwksOptions): JWTVerifyGetKey {
  const { url, timeoutMs = 3_000, cooldownMs = 30_000 } = options;
  const source = new KeySource(options);
  const keys = createRemoteJWKSet(url, {
    timeoutDuration: timeoutMs,
    cooldownDuration: cooldownMs,
    cacheMaxAge: cacheMs,
    [customFetch]: source.fetch,
  });
  return async (header, token) => {
    try {
      return await keys(header, token);
    } catch (error) {
      // Of a key that is not in an old set nobody knows whether it is in the new one.
      if ((isAboutToken(error) || isAboutKey(error)) && source.isReachable) throw error;
      throw new KeysUnavailable("the issuer's keys cannot be fetched", { cause: error });
    }
  };
}

/** The set was read, and this token has no key in it. */
function isAboutToken(error: unknown): boolean {
  return (
    error instanceof errors.JWKSNoMatchingKey ||
    error instanceof errors.JWKSMultipleMatchingKeys ||
    error instanceof errors.JOSENotSupported
  );
}

/**
 * A key set holds what its issuer wrote: a modulus of 1,024 bits or none, half a point, a curve that is not known. jose
 * refuses such a key with a TypeError, WebCrypto with a DOMException. The caller cannot mend it, and it is no defect of ours.
 */
export function isAboutKey(error: unknown): boolean {
  return error instanceof TypeError || error instanceof DOMException || error instanceof errors.JWKInvalid;
}

/** Fetches key sets: bounded, not again at once after a failure, and with the last good set to fall back on. */
class KeySource {
  readonly #options: JwksOptions;
  #good: { readonly text: string; readonly atMs: number } | undefined;
  #failure: { readonly reason: unknown; readonly atMs: number } | undefined;

  constructor(options: JwksOptions) {
    this.#options = options;
  }

  /** Whether the last fetch brought keys. */
  get isReachable(): boolean {
    return this.#failure === undefined;
  }

  readonly fetch: FetchImplementation = async (url, init) => {
    const { clock, onReachable } = this.#options;
    const failure = this.#failure;
    if (failure !== undefined && clock.now() - failure.atMs < failureMs) return this.#fallBack(failure.reason);
    try {
      const text = await readKeySet(await fetch(url, init));
      this.#good = { text, atMs: clock.now() };
      this.#failure = undefined;
      if (failure !== undefined) onReachable?.(true);
      return new Response(text);
    } catch (reason) {
      this.#failure = { reason, atMs: clock.now() };
      if (failure === undefined) onReachable?.(false, reason);
      return this.#fallBack(reason);
    }
  };

  #fallBack(reason: unknown): Response {
    const good = this.#good;
    if (good !== undefined && this.#options.clock.now() - good.atMs < staleMs) return new Response(good.text);
    throw reason;
  }
}

async function readKeySet(response: Response): Promise<string> {
  if (response.status !== 200) throw new Error(`expected status 200, got ${response.status}`);
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of response.body ?? []) {
    bytes += chunk.byteLength;
    if (bytes > maxBytes) throw new Error(`expected at most ${maxBytes} bytes`);
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
