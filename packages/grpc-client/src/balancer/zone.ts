/**
 * Prefers endpoints in the client's zone: a call to another zone takes longer and is billed by the byte.
 *
 * A remote endpoint costs 1.5 times as much as a local one. So an idle local endpoint wins over every remote one, and an idle
 * remote endpoint wins over a local one with a call in flight (2 × 1 > 1 × 1.5). There is no preference when it would overload
 * the zone: when the local endpoints are fewer than half of a zone's fair share.
 */

import type { Endpoint } from "../endpoint.ts";

const REMOTE_FACTOR = 1.5;
const LEAST_SHARE = 0.5;

/** The factor of each endpoint, in the same order. Endpoints without a known zone count as local. */
export function zoneFactors(endpoints: readonly Endpoint[], ownZone: string | undefined): Float64Array {
  const factors = new Float64Array(endpoints.length).fill(1);
  if (ownZone === undefined) return factors;
  const zones = new Set(endpoints.map((endpoint) => endpoint.zone ?? ownZone));
  const local = endpoints.filter((endpoint) => (endpoint.zone ?? ownZone) === ownZone).length;
  if (local < Math.max(1, (LEAST_SHARE * endpoints.length) / zones.size)) return factors;
  endpoints.forEach((endpoint, i) => {
    if ((endpoint.zone ?? ownZone) !== ownZone) factors[i] = REMOTE_FACTOR;
  });
  return factors;
}
