/** The connections to a load balancer's address as endpoints. */

import type { Endpoint } from "../endpoint.ts";

export interface LoadBalancerAddress {
  readonly host: string;
  readonly port: number;
  /** Connections to each address. */
  readonly lanes: number;
}

/** One endpoint for each connection to one address. */
export function laneEndpoints({ host, port, lanes }: LoadBalancerAddress): readonly Endpoint[] {
  return Array.from({ length: lanes }, (_, lane) => ({ host, port, kind: "load-balancer", lane }));
}
