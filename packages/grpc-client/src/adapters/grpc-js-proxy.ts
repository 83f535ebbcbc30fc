/**
 * Proxies that the environment names for gRPC. grpc-js connects through them (HTTP CONNECT); this channel connects directly, and says
 * so by the variable's name. In: the environment and a target. Out: the warning, if there is something to say.
 */

import { ZoneMap } from "../zone.ts";

type Environment = Readonly<Record<string, string | undefined>>;

/** In the order in which grpc-js looks for them. */
const PROXIES = ["grpc_proxy", "https_proxy", "http_proxy"] as const;
const EXCEPTIONS = ["no_grpc_proxy", "no_proxy"] as const;

/** What is to be said about the channel to `targetName`; undefined when no proxy is meant for it. */
export function proxyWarning(targetName: string, env: Environment): string | undefined {
  const variable = PROXIES.find((name) => isSet(env[name]));
  if (variable === undefined) return undefined;
  const host = targetName.replace(/:\d+$/, "");
  const exceptions = EXCEPTIONS.map((name) => env[name]).find(isSet) ?? "";
  if (exceptions.split(",").some((exception) => matches(host, exception.trim()))) return undefined;
  return `${variable} names a proxy, and the channel to ${targetName} connects without it: list the target in ${EXCEPTIONS[0]} if that is meant`;
}

function isSet(value: string | undefined): value is string {
  return value !== undefined && value !== "";
}

/** As grpc-js: the end of a name, an address, or a subnet of IPv4. */
function matches(host: string, exception: string): boolean {
  if (exception === "") return false;
  const subnet = ZoneMap.parse(`${exception}=excepted`);
  return host.endsWith(exception) || ("value" in subnet && subnet.value.zoneOf(host) !== undefined);
}
