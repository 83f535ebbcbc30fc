/**
 * HTTP_ALLOW_HOSTS: hosts that the address guard lets pass, for a developer whose servers are on this machine.
 * `127.0.0.1:3000,localhost`: with a port that port alone, without one every port.
 */
export class AllowHosts {
  static readonly none: AllowHosts = new AllowHosts(new Set());
  readonly #entries: ReadonlySet<string>;

  private constructor(entries: ReadonlySet<string>) {
    this.#entries = entries;
  }

  /** `undefined` when an entry is not `host` or `host:port`. */
  static parse(text: string): AllowHosts | undefined {
    const entries = text.split(",").map((entry) => entry.trim().toLowerCase());
    const isWellFormed = entries.every((entry) => /^(\[[0-9a-f:.]+\]|[a-z0-9._-]+)(:\d{1,5})?$/.test(entry));
    return isWellFormed ? new AllowHosts(new Set(entries)) : undefined;
  }

  /** `url` as the WHATWG parser gives it: lower case, IPv6 in brackets, the scheme's own port left out. */
  allows(url: URL): boolean {
    const port = url.port === "" ? defaultPorts[url.protocol] : url.port;
    return this.#entries.has(url.hostname) || this.#entries.has(`${url.hostname}:${port}`);
  }
}

const defaultPorts: Readonly<Record<string, string>> = { "http:": "80", "https:": "443" };
