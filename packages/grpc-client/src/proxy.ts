/**
 * The HTTP proxy of a channel. In: the option `proxy`, or the variables that gRPC's clients read. Out: where to connect, and what to
 * say there. A target that `no_grpc_proxy` or `no_proxy` names has no proxy.
 */

import { formatHostPort } from "@agent-team/foundation/host-port";
import { invalidArgument } from "./errors.ts";
import { warnOnce } from "./warnings.ts";
import { ZoneMap } from "./zone.ts";

type Environment = Readonly<Record<string, string | undefined>>;

/** In the order in which grpc-js looks for them; the first one that is set counts. */
const PROXIES = ["grpc_proxy", "https_proxy", "http_proxy"] as const;
const EXCEPTIONS = ["no_grpc_proxy", "no_proxy"] as const;

/** RFC 9110 4.2.1: the default port of the scheme. */
const HTTP_PORT = 80;

const EXPECTED = "http://[user:password@]host[:port]";

/** A proxy that opens tunnels by CONNECT. */
export interface HttpProxy {
  /** A name, which the connecting socket looks up, or an IP address without brackets. */
  readonly host: string;
  readonly port: number;
  /** Of the field Proxy-Authorization. */
  readonly authorization: string | undefined;
}

/** What the environment says about the proxy of a target. */
export interface FoundProxy {
  readonly proxy?: HttpProxy | undefined;
  /** A variable that cannot be used, with its name. grpc-js connects directly then, and so does this channel. */
  readonly warning?: string | undefined;
}

/** @throws ChannelError `invalid_argument` for another value; the error has no part of it, since it may hold a password. */
export function parseProxy(text: string): HttpProxy {
  const proxy = typeof text === "string" ? readUrl(text) : undefined;
  if (proxy !== undefined) return proxy;
  throw invalidArgument("proxy", `"environment" or ${EXPECTED}`, typeof text === "string" ? "another text" : text);
}

/** The proxy of the channel to `targetName`, by its option. A variable that cannot be used is warned of once. */
export function proxyOf(
  option: HttpProxy | "environment" | undefined,
  targetName: string,
  env: Environment = process.env,
): HttpProxy | undefined {
  if (option !== "environment") return option;
  const { proxy, warning } = proxyFromEnvironment(targetName, env);
  if (warning !== undefined) warnOnce(warning);
  return proxy;
}

/** The proxy that the environment names for `targetName`, a host with or without a port. */
export function proxyFromEnvironment(targetName: string, env: Environment): FoundProxy {
  const variable = namedProxy(targetName, env);
  if (variable === undefined) return {};
  const proxy = readUrl(env[variable] as string);
  if (proxy !== undefined) return { proxy };
  return { warning: `${variable}: expected ${EXPECTED}; channels connect without a proxy` };
}

/** The variable that names a proxy for `targetName`; undefined without one, and for a target that is excepted. */
export function namedProxy(targetName: string, env: Environment): (typeof PROXIES)[number] | undefined {
  const variable = PROXIES.find((name) => isSet(env[name]));
  if (variable === undefined) return undefined;
  const host = targetName.replace(/:\d+$/, "");
  const exceptions = EXCEPTIONS.map((name) => env[name]).find(isSet) ?? "";
  return exceptions.split(",").some((exception) => matches(host, exception.trim())) ? undefined : variable;
}

function readUrl(text: string): HttpProxy | undefined {
  const url = URL.parse(text);
  if (url === null || url.protocol !== "http:" || url.hostname === "") return undefined;
  const host = url.hostname.replace(/^\[(.*)\]$/, "$1");
  return { host, port: url.port === "" ? HTTP_PORT : Number(url.port), authorization: authorizationOf(url) };
}

/** As grpc-js: without a password the user alone, and without a colon. RFC 7617 2. */
function authorizationOf({ username, password }: URL): string | undefined {
  if (username === "") return undefined;
  const credentials = password === "" ? username : `${username}:${password}`;
  return `Basic ${Buffer.from(decoded(credentials)).toString("base64")}`;
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text; // a per cent sign that was meant as one
  }
}

/** `host:port`, without the credentials. */
export function proxyAddress(proxy: HttpProxy): string {
  return formatHostPort(proxy);
}

function isSet(value: string | undefined): value is string {
  return value !== undefined && value !== "";
}

/** As grpc-js: the end of a name, an address, or a subnet of IPv4. Here blanks around it and empty items mean nothing. */
function matches(host: string, exception: string): boolean {
  if (exception === "") return false;
  const subnet = ZoneMap.parse(`${exception}=excepted`);
  return host.endsWith(exception) || ("value" in subnet && subnet.value.zoneOf(host) !== undefined);
}
