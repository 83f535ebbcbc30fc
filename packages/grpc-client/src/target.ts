/** Whom a channel is to reach, and by which strategies: the input of the resolvers. */

import type { HostPort } from "@agent-team/foundation/host-port";
import type { ZoneMap } from "./zone.ts";

/** A service and the strategies that find its endpoints. `parseTarget` and `targetFromEnvironment` make one. */
export interface Target {
  /** For people, and the default `:authority` of requests. */
  readonly name: string;
  /** In order of preference; at least one. */
  readonly tiers: readonly TierConfig[];
  /** Who answers DNS questions. Default: the system's name servers. */
  readonly dnsServer?: HostPort | undefined;
  /** Gives zones to the addresses that DNS tells. Default: no address has a zone. */
  readonly zones?: ZoneMap | undefined;
}

/** One discovery strategy with what it needs to know. */
export type TierConfig =
  /** Addresses that somebody wrote down. */
  | { readonly strategy: "env"; readonly endpoints: readonly HostPort[] }
  /** A TCP load balancer, behind which the tasks are not seen. */
  | { readonly strategy: "lb"; readonly host: string; readonly port: number }
  /** A service of AWS Cloud Map, asked by its API. `defaultPort` is the port of an instance that tells none. */
  | {
      readonly strategy: "cloudmap";
      readonly namespace: string;
      readonly service: string;
      readonly defaultPort: number;
    }
  /** A name with a record for each task. Without `port`, SRV records tell it, and `defaultPort` holds where there are none. */
  | {
      readonly strategy: "dns";
      readonly name: string;
      readonly port: number | undefined;
      readonly defaultPort: number;
    };
