import type { LookupAddress } from "node:dns";
import { lookup as systemLookup } from "node:dns/promises";
import { isIP } from "node:net";
import { NodeFailure } from "../run/node-failure.ts";
import { isRefusedAddress } from "./address-guard.ts";
import type { AllowHosts } from "./allow-hosts.ts";
import { exchange, type HttpRequest, type HttpResponse } from "./exchange.ts";
import { afterRedirect, maxRedirects } from "./redirect.ts";
import { readHttpUrl } from "./url-policy.ts";

export type { HttpRequest, HttpResponse } from "./exchange.ts";

/** All addresses of a name. */
export type Lookup = (hostname: string) => Promise<readonly LookupAddress[]>;

export interface HttpClientOptions {
  readonly allowHosts: AllowHosts;
  /** Default: the system's resolver. */
  readonly lookup?: Lookup | undefined;
}

/**
 * HTTP on behalf of workflows, whose URLs are not to be trusted. Each URL, the first and those of redirects, is
 * resolved once, all its addresses are checked, and the connection goes to an address that was checked: a name that
 * resolves differently a moment later changes nothing.
 */
export class HttpClient {
  readonly #allowHosts: AllowHosts;
  readonly #lookup: Lookup;

  constructor({ allowHosts, lookup }: HttpClientOptions) {
    this.#allowHosts = allowHosts;
    this.#lookup = lookup ?? ((hostname) => systemLookup(hostname, { all: true }));
  }

  /**
   * Sends a request and reads the whole response, following redirects. Any status is a response.
   *
   * @throws NodeFailure ADDRESS_REFUSED, CONNECTION_FAILED, RESPONSE_TOO_LARGE, TOO_MANY_REDIRECTS, INVALID_CONFIGURATION;
   *   the signal's reason when it fires
   */
  async send(request: HttpRequest, signal: AbortSignal): Promise<HttpResponse> {
    let current = request;
    for (let redirects = 0; redirects <= maxRedirects; redirects++) {
      const addresses = await this.#checkedAddresses(current.url, signal);
      const response = await exchange(current, addresses, signal);
      const next = afterRedirect(current, response);
      if (next === undefined) return response;
      current = next;
    }
    throw new NodeFailure("TOO_MANY_REDIRECTS", `${request.url.origin} redirected more than ${maxRedirects} times`);
  }

  async #checkedAddresses(url: URL, signal: AbortSignal): Promise<readonly LookupAddress[]> {
    const policy = readHttpUrl(url.href);
    if ("error" in policy) throw new NodeFailure("INVALID_CONFIGURATION", policy.error);
    const addresses = await this.#resolve(url, signal);
    // One bad address among good ones is refused as well: the connection could go to any of them.
    if (!this.#allowHosts.allows(url) && addresses.some(({ address }) => isRefusedAddress(address))) {
      throw new NodeFailure(
        "ADDRESS_REFUSED",
        `${url.host} is not on the public internet; workflows reach nothing else`,
      );
    }
    return addresses;
  }

  async #resolve(url: URL, signal: AbortSignal): Promise<readonly LookupAddress[]> {
    const hostname = url.hostname.replace(/^\[(.*)\]$/, "$1");
    const family = isIP(hostname);
    if (family !== 0) return [{ address: hostname, family }];
    try {
      const addresses = await orAborted(this.#lookup(hostname), signal);
      if (addresses.length > 0) return addresses;
    } catch (error) {
      signal.throwIfAborted();
      throw new NodeFailure("CONNECTION_FAILED", `${hostname} cannot be found`, { retryable: true, cause: error });
    }
    throw new NodeFailure("CONNECTION_FAILED", `${hostname} has no address`, { retryable: true });
  }
}

/** For a promise that cannot be stopped: stops waiting for it. */
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
