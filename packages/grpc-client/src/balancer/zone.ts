/**
 * Prefers endpoints in the client's zone: a call to another zone takes longer and is billed by the byte.
 *
 * A remote endpoint counts as if it had four calls in flight besides its own, and costs 1.5 times as much. So an idle remote endpoint
 * gets a call only when each local one has seven in flight: below that a zone carries its own calls. The more calls there are, the less
 * the four count, and the zones share the load. A factor alone has the opposite effect: with few calls in flight, which is the common
 * case of short calls, 2 × 1 > 1 × 1.5, and 40 to 50 % of the calls leave the zone.
 *
 * There is no preference when it would overload the zone: when the local endpoints are fewer than half of a zone's fair share.
 */

import type { Endpoint } from "../endpoint.ts";

export const REMOTE_FACTOR = 1.5;
export const REMOTE_CALLS = 4;
const LEAST_SHARE = 0.5;

/** Which endpoints count as remote, in the same order. Endpoints without a known zone count as local. */
export function remoteOnes(endpoints: readonly Endpoint[], ownZone: string | undefined): readonly boolean[] {
  const areRemote = endpoints.map(({ zone }) => ownZone !== undefined && zone !== undefined && zone !== ownZone);
  const zones = new Set(endpoints.map(({ zone }) => zone ?? ownZone));
  const local = areRemote.filter((isRemote) => !isRemote).length;
  const isTooFew = local < Math.max(1, (LEAST_SHARE * endpoints.length) / zones.size);
  return isTooFew ? areRemote.map(() => false) : areRemote;
}
