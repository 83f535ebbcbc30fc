const DEFAULT_PORTS: Readonly<Record<string, string>> = { "http:": "80", "https:": "443" };

const ENTRY = /^(\[[0-9a-f:.]+\]|[a-z0-9._-]+)(:\d{1,5})?$/;

/**
 * HTTP_ALLOW_HOSTS: hosts that workflows may reach although their addresses are not public, for a developer with servers on
 * this machine. For instance `127.0.0.1:3000,localhost`: one port of the first host, every port of the second.
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
    const isWellFormed = entries.every((entry) => ENTRY.test(entry));
    return isWellFormed ? new AllowHosts(new Set(entries)) : undefined;
  }

  /** `url` has the form of the WHATWG parser: lower case, IPv6 in brackets, no port when it is the scheme's own. */
  allows(url: URL): boolean {
    const port = url.port === "" ? DEFAULT_PORTS[url.protocol] : url.port;
    return this.#entries.has(url.hostname) || this.#entries.has(`${url.hostname}:${port}`);
  }
}
