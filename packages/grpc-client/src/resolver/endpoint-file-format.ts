/**
 * Reads the text of a file of endpoints. In: the text, and the name of the target. Out: the saved tiers. A single wrong field makes
 * the whole file unusable: a part of a fleet would get the calls of all of it.
 *
 *     { "version": 1, "target": "workflow-agent", "tiers": { "dns": { "savedMs": 1796000000000, "endpoints": [{ … }] } } }
 */

import { isIpAddress } from "@agent-team/foundation/host-port";
import type { Endpoint } from "../endpoint.ts";

export interface SavedTier {
  /** Milliseconds since the Unix epoch. */
  readonly savedMs: number;
  readonly endpoints: readonly Endpoint[];
}

export type SavedTiers = ReadonlyMap<string, SavedTier>;

/** The optional fields of an endpoint, and the kind of value that each has. */
const ATTRIBUTES = { zone: "string", name: "string", priority: "number", weight: "number" } as const;

/** @throws Error for a text that this version did not write for this target. */
export function parseEndpointFile(text: string, target: string): SavedTiers {
  const file = fieldsOf(parseJson(text), "the file");
  if (file["version"] !== 1) throw new Error(`version: expected 1, got ${JSON.stringify(file["version"])}`);
  if (file["target"] !== target) {
    throw new Error(`target: expected ${JSON.stringify(target)}, got ${JSON.stringify(file["target"])}`);
  }
  const tiers = Object.entries(fieldsOf(file["tiers"], "tiers"));
  return new Map(tiers.map(([name, tier]) => [name, tierOf(tier, `tiers.${name}`)]));
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new Error("the file: expected JSON", { cause });
  }
}

function tierOf(value: unknown, at: string): SavedTier {
  const { savedMs, endpoints } = fieldsOf(value, at);
  if (typeof savedMs !== "number") throw wrong(`${at}.savedMs`, "a number", savedMs);
  if (!Array.isArray(endpoints) || endpoints.length === 0) throw wrong(`${at}.endpoints`, "a list", endpoints);
  return { savedMs, endpoints: endpoints.map((each, i) => endpointOf(each, `${at}.endpoints[${i}]`)) };
}

function endpointOf(value: unknown, at: string): Endpoint {
  const fields = fieldsOf(value, at);
  const { host, port, kind, lane } = fields;
  if (typeof host !== "string" || !isIpAddress(host)) throw wrong(`${at}.host`, "an IP address", host);
  if (!isWhole(port, 1, 65_535)) throw wrong(`${at}.port`, "1 to 65535", port);
  if (kind !== "task" && kind !== "load-balancer") throw wrong(`${at}.kind`, "task or load-balancer", kind);
  if (!isWhole(lane, 0, 3)) throw wrong(`${at}.lane`, "0 to 3", lane);
  for (const [name, type] of Object.entries(ATTRIBUTES)) {
    const attribute = fields[name];
    if (attribute !== undefined && typeof attribute !== type) throw wrong(`${at}.${name}`, `a ${type}`, attribute);
  }
  const { zone, name, priority, weight } = fields as Partial<Endpoint>;
  return { host, port, kind, lane, zone, name, priority, weight };
}

function fieldsOf(value: unknown, at: string): Readonly<Record<string, unknown>> {
  if (value === null || typeof value !== "object" || Array.isArray(value)) throw wrong(at, "an object", value);
  return value as Readonly<Record<string, unknown>>;
}

function isWhole(value: unknown, min: number, max: number): value is number {
  return typeof value === "number" && Number.isInteger(value) && value >= min && value <= max;
}

function wrong(at: string, expected: string, got: unknown): Error {
  return new Error(`${at}: expected ${expected}, got ${(JSON.stringify(got) ?? "nothing").slice(0, 60)}`);
}
