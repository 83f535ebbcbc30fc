import type { LookupAddress } from "node:dns";
import { lookup as systemLookup } from "node:dns/promises";
import { isIP } from "node:net";
import type { HttpRequest, HttpResponse, HttpSender } from "../http-sender.ts";
import { readHttpUrl } from "../http-url.ts";
import { NodeFailure } from "../node-failure.ts";
import { isRefusedAddress } from "./address-guard.ts";
import type { AllowHosts } from "./allow-hosts.ts";
import { exchange } from "./exchange.ts";
import { afterRedirect, MAX_REDIRECTS } from "./redirect.ts";

/** `http://[::1]/` has the hostname `[::1]`. */
const BRACKETS = /^\[(.*)\]$/;

/** All addresses of a name. */
export type Lookup = (hostname: string) => Promise<readonly LookupAddress[]>;

export interface HttpClientOptions {
  readonly allowHosts: AllowHosts;
  /** Default: the system's resolver. */
  readonly lookup?: Lookup | undefined;
}

/**
 * HTTP for workflows, whose URLs are not trusted. Each URL, the first and those of redirects, is resolved once; all its
 * addresses are checked, and the connection goes to a checked address. It never resolves a name a second time, so a name
 * whose addresses change after the check has no effect.
 */
export class HttpClient implements HttpSender {
  readonly #allowHosts: AllowHosts;
  readonly #lookup: Lookup;

  constructor({ allowHosts, lookup }: HttpClientOptions) {
    this.#allowHosts = allowHosts;
    this.#lookup = lookup ?? ((hostname) => systemLookup(hostname, { all: true }));
  }

  async send(request: HttpRequest, signal: AbortSignal): Promise<HttpResponse> {
    let current = request;
    for (let redirects = 0; redirects <= MAX_REDIRECTS; redirects++) {
      const addresses = await this.#checkedAddresses(current.url, signal);
      const response = await exchange(current, addresses, signal);
      const next = afterRedirect(current, response);
      if (next === undefined) return response;
      current = next;
    }
    throw new NodeFailure("TOO_MANY_REDIRECTS", `${request.url.origin} redirected more than ${MAX_REDIRECTS} times`);
  }

  async #checkedAddresses(url: URL, signal: AbortSignal): Promise<readonly LookupAddress[]> {
    const policy = readHttpUrl(url.href);
    if ("error" in policy) throw new NodeFailure("INVALID_CONFIGURATION", policy.error);
    const addresses = await this.#resolve(url, signal);
    // One refused address is enough: the connection could go to any of them.
    if (!this.#allowHosts.allows(url) && addresses.some(({ address }) => isRefusedAddress(address))) {
      const message = `${url.host} is not on the public internet: a workflow may reach only public addresses`;
      throw new NodeFailure("ADDRESS_REFUSED", message);
    }
    return addresses;
  }

  async #resolve(url: URL, signal: AbortSignal): Promise<readonly LookupAddress[]> {
    const hostname = url.hostname.replace(BRACKETS, "$1");
    const family = isIP(hostname);
    if (family !== 0) return [{ address: hostname, family }];
    try {
      const addresses = await orAborted(this.#lookup(hostname), signal);
      if (addresses.length > 0) return addresses;
    } catch (error) {
      signal.throwIfAborted();
      throw new NodeFailure("CONNECTION_FAILED", `${hostname} cannot be resolved`, { retryable: true, cause: error });
    }
    throw new NodeFailure("CONNECTION_FAILED", `${hostname} has no address`, { retryable: true });
  }
}

/** Stops waiting for a promise when the signal fires; the promise itself cannot be stopped. */
async function orAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  signal.throwIfAborted();
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const onAbort = (): void => reject(signal.reason);
  signal.addEventListener("abort", onAbort, { once: true });
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
}
