/** Targets as gRPC writes them: the name of a service and how to resolve it, in one line of text. */

import {
  formatHostPort,
  isIpAddress,
  parseHostAndPort,
  parseHostPort,
  parsePort,
  schemeOf,
} from "@agent-team/foundation/host-port";
import { ChannelError } from "./errors.ts";
import { Status } from "./status.ts";
import type { Target, TierConfig } from "./target.ts";
import { type Environment, parseCloudMapName, parseDnsServer, targetFromEnvironment } from "./target-environment.ts";

/** gRPC, "Name Resolution": the port of a name without one. */
const GRPC_DEFAULT_PORT = 443;
const EXPECTED_SCHEMES = "dns, ipv4, ipv6, unix, unix-abstract, cloudmap, env or no scheme";
/** unix(7): `sun_path` has 108 bytes with its null byte on Linux; others have four less. */
const MAX_SOCKET_PATH_BYTES = 107;

/**
 * Reads a target as gRPC writes it:
 *
 *     dns:///name[:port]              dns://10.0.0.2[:53]/name[:port]     name[:port]
 *     ipv4:10.0.10.7:50051[,…]        ipv6:[fd00::7]:50051[,…]
 *     unix:path                       unix:///absolute/path           unix-abstract:name
 *     cloudmap:namespace/service[:port]
 *     env:WORKFLOW_SERVICE[:port]     the variables of that prefix
 *
 * The last two are ours: AWS Cloud Map by its API, and whatever the environment names. Their port holds for endpoints that discovery
 * finds without one.
 *
 * @throws ChannelError `invalid_argument`, naming the target and what was expected.
 */
export function parseTarget(text: string, env: Environment = process.env): Target {
  // RFC 3986 3.1: "schemes are case-insensitive".
  const [, scheme, rest = ""] = /^(dns|ipv4|ipv6|unix|unix-abstract|cloudmap|env):(.*)$/is.exec(text) ?? [];
  switch (scheme?.toLowerCase()) {
    case "ipv4":
      return addressTarget(text, rest, "IPv4");
    case "ipv6":
      return addressTarget(text, rest, "IPv6");
    case "unix":
      return unixTarget(text, "unix", rest.startsWith("///") ? rest.slice(2) : rest);
    case "unix-abstract":
      return unixTarget(text, "unix-abstract", rest);
    case "cloudmap":
      return cloudMapTarget(text, rest);
    case "env":
      return environmentTarget(text, rest, env);
    case "dns":
      return dnsUriTarget(text, rest);
    case undefined:
    default:
      return nameTarget(text, text);
  }
}

function addressTarget(text: string, list: string, family: "IPv4" | "IPv6"): Target {
  const endpoints = list.split(",").map((item) => {
    const parsed = parseHostPort(item);
    if ("error" in parsed) throw invalid(text, `${parsed.error} at "${item}"`);
    const { host } = parsed.value;
    if (!isIpAddress(host) || host.includes(":") !== (family === "IPv6")) {
      throw invalid(text, `expected an ${family} address at "${item}"`);
    }
    return parsed.value;
  });
  const [first] = endpoints;
  // Splitting gives at least one item, so `first` is there; the name only has to be one that `:authority` may be.
  return { name: first === undefined ? text : formatHostPort(first), tiers: [{ strategy: "env", endpoints }] };
}

function unixTarget(text: string, scheme: "unix" | "unix-abstract", path: string): Target {
  const bytes = Buffer.byteLength(path);
  if (path.startsWith("//")) throw invalid(text, "expected unix:path or unix:///absolute/path");
  if (bytes === 0 || bytes > MAX_SOCKET_PATH_BYTES || path.includes("\0"))
    throw invalid(text, `expected 1 to ${MAX_SOCKET_PATH_BYTES} bytes without a null byte behind ${scheme}:`);
  const host = `${scheme}:${path}`;
  // gRPC, "Name Resolution": clients send "localhost" as the authority of a socket.
  return { name: host, authority: "localhost", tiers: [{ strategy: "env", endpoints: [{ host, port: 0 }] }] };
}

function cloudMapTarget(text: string, rest: string): Target {
  const [, name = "", portText] = /^([^:]*)(?::(.*))?$/.exec(rest) ?? [];
  const parsed = parseCloudMapName(name);
  if ("error" in parsed) throw invalid(text, "expected cloudmap:namespace/service or cloudmap:namespace/service:port");
  const port = parsePort(portText ?? String(GRPC_DEFAULT_PORT));
  if ("error" in port) throw invalid(text, port.error);
  const { namespace, service } = parsed.value;
  // What DNS would call it: unlike the path above, a name that `:authority` may be.
  return {
    name: `${service}.${namespace}`,
    tiers: [{ strategy: "cloudmap", namespace, service, defaultPort: port.value }],
  };
}

function environmentTarget(text: string, rest: string, env: Environment): Target {
  const [, prefix, port] = /^([A-Za-z_]\w*)(?::(\d+))?$/.exec(rest) ?? [];
  if (prefix === undefined) throw invalid(text, "expected env:PREFIX or env:PREFIX:port");
  return targetFromEnvironment(prefix, env, { defaultPort: port === undefined ? GRPC_DEFAULT_PORT : Number(port) });
}

/** `dns:name` or `dns://[server[:port]]/name`: RFC 4501 as gRPC uses it. */
function dnsUriTarget(text: string, rest: string): Target {
  if (!rest.startsWith("//")) return nameTarget(text, rest);
  const slash = rest.indexOf("/", 2);
  if (slash < 0) throw invalid(text, "expected dns:///name[:port] or dns://server[:port]/name[:port]");
  const target = nameTarget(text, rest.slice(slash + 1));
  const authority = rest.slice(2, slash);
  if (authority === "") return target;
  const dnsServer = parseDnsServer(authority);
  if ("error" in dnsServer) throw invalid(text, `${dnsServer.error} at "${authority}"`);
  return { ...target, dnsServer: dnsServer.value };
}

function nameTarget(text: string, nameAndPort: string): Target {
  const scheme = schemeOf(nameAndPort);
  if (scheme !== undefined) throw invalid(text, `expected ${EXPECTED_SCHEMES}, got the scheme ${scheme}`);
  const parsed = parseHostAndPort(nameAndPort);
  if ("error" in parsed) throw invalid(text, parsed.error);
  const { host, port } = parsed.value;
  const tier: TierConfig = isIpAddress(host)
    ? { strategy: "env", endpoints: [{ host, port: port ?? GRPC_DEFAULT_PORT }] }
    : { strategy: "dns", name: host, port, defaultPort: GRPC_DEFAULT_PORT };
  return { name: nameAndPort, tiers: [tier] };
}

function invalid(target: string, expectation: string): ChannelError {
  return new ChannelError(Status.invalidArgument, `target "${target}": ${expectation}`);
}
