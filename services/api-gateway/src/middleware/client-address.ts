/**
 * The address of a client, as far as it can be trusted. In: the address of the connection, the field `X-Forwarded-For`, and the number of
 * proxies that stand in front. Out: an IPv4 address, or the /64 network of an IPv6 address. It never reads an entry that a client could
 * have written: each proxy appends the address that it sees, so only the last entries are the proxies' own.
 *
 *   X-Forwarded-For: 198.51.100.7, 203.0.113.9, 10.0.0.5      connection from 10.0.0.8
 *                    └ 3 hops      └ 2 hops     └ 1 hop                        └ 0 hops
 */

import type { Context } from "hono";
import type { GatewayEnv } from "../gateway-env.ts";

/** 0 to 255, without leading zeros: some programs read `010` as 8. */
const OCTET = "(?:25[0-5]|2[0-4]\\d|1?\\d?\\d)";
const IPV4 = new RegExp(`^(?!0\\d|.*\\.0\\d)${OCTET}(?:\\.${OCTET}){3}$`);

/** With or without a port: `192.0.2.1:50000`, `[2001:db8::1]:50000`, `2001:db8::1`. */
const ENTRY = /^(?:\[(?<bracketed>[^\]]*)\](?::\d{1,5})?|(?<ipv4>[^:]*)(?::\d{1,5})?|(?<bare>.*))$/s;

/** Of a connection that has ended, and so of no client: all of them share one limit. */
const UNKNOWN = "unknown";

/** What a request says of where it comes from. */
export interface Origin {
  /** The address of the connection; empty when it has ended. */
  readonly peerAddress: string;
  /** The lines of X-Forwarded-For, joined by commas; null without one. */
  readonly forwardedFor: string | null;
}

/**
 * @param trustedHops the proxies in front that append to X-Forwarded-For. With fewer entries than that the first one counts. An entry
 *   that is no address counts as the address of the proxy that wrote it, so that its clients share a limit and none has no limit
 */
export function clientAddress({ peerAddress, forwardedFor }: Origin, trustedHops: number): string {
  const entries = (forwardedFor ?? "").split(",").map((entry) => entry.trim());
  const trusted = trustedHops === 0 ? [] : entries.filter((entry) => entry !== "").slice(-trustedHops);
  for (const entry of [...trusted, peerAddress]) {
    const network = networkOf(entry);
    if (network !== undefined) return network;
  }
  return UNKNOWN;
}

/** The address of the client of a request. `trustedHops`: as in `clientAddress`. */
export function addressOf({ env, req }: Context<GatewayEnv>, trustedHops: number): string {
  return clientAddress(
    { peerAddress: env.peerAddress, forwardedFor: req.raw.headers.get("x-forwarded-for") },
    trustedHops,
  );
}

/** Undefined for text that is no IP address. */
function networkOf(entry: string): string | undefined {
  const { bracketed, ipv4, bare } = ENTRY.exec(entry)?.groups ?? {};
  if (ipv4 !== undefined) return IPV4.test(ipv4) ? ipv4 : undefined;
  return networkOfIpv6(bracketed ?? bare ?? "");
}

/** A site gets a /64 or more (RFC 6177), so that a client chooses among 2^64 addresses or more. */
function networkOfIpv6(text: string): string | undefined {
  const url = `http://[${text.replace(/%.*$/s, "")}]/`;
  if (!/^[\da-f:.]+(?:%.*)?$/is.test(text) || !URL.canParse(url)) return undefined;
  const groups = groupsOf(new URL(url).hostname.slice(1, -1));
  return mappedIpv4(groups) ?? `${groups.slice(0, 4).join(":")}::/64`;
}

/** The eight groups of an address as `URL` writes it: in lower case, with at most one `::`, and without dots. */
function groupsOf(address: string): readonly string[] {
  const [before = "", after] = address.split("::");
  const [head, tail] = [before, after ?? ""].map((part) => part.split(":").filter((group) => group !== ""));
  if (head === undefined || tail === undefined) return [];
  const zeros = Array<string>(8 - head.length - tail.length).fill("0");
  return [...head, ...zeros, ...tail];
}

/** RFC 4291 2.5.5.2: `::ffff:192.0.2.1`, as a listener on both protocols sees IPv4. */
function mappedIpv4(groups: readonly string[]): string | undefined {
  if (groups.slice(0, 6).join(":") !== "0:0:0:0:0:ffff") return undefined;
  const octets = groups.slice(6).flatMap((group) => {
    const value = Number.parseInt(group, 16);
    return [value >> 8, value & 0xff];
  });
  return octets.join(".");
}
