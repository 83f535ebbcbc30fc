/** The service that a channel calls and the strategies that find its endpoints: the input of the resolvers. */

import type { HostPort } from "@agent-team/foundation/host-port";
import type { ZoneMap } from "./zone.ts";

/** A service and the strategies that find its endpoints. `parseTarget` and `targetFromEnvironment` make one. */
export interface Target {
  /** For people, and the default `:authority` of requests. */
  readonly name: string;
  /** The default `:authority` of requests, for a name that cannot be one. Default: the name. */
  readonly authority?: string | undefined;
  /** The prefix of the variables that it comes from, such as `WORKFLOW_AGENT`. Undefined: it comes from elsewhere. */
  readonly prefix?: string | undefined;
  /** In order of preference; at least one. */
  readonly tiers: readonly TierConfig[];
  /** The name server for all DNS questions. Default: the system's name servers. */
  readonly dnsServer?: HostPort | undefined;
  /** Keeps the endpoints for the next process: see `ChannelOptions.lastKnownGoodFile`, which has precedence. */
  readonly lastKnownGoodFile?: string | undefined;
  /** The zones of addresses from DNS. Default: no address has a zone. */
  readonly zones?: ZoneMap | undefined;
}

/** One discovery strategy with what it needs to know. */
export type TierConfig =
  /** Configured addresses. */
  | { readonly strategy: "env"; readonly endpoints: readonly HostPort[] }
  /** A TCP load balancer, which hides the tasks behind it. */
  | { readonly strategy: "lb"; readonly host: string; readonly port: number }
  /** A service of AWS Cloud Map, asked by its API. `defaultPort` is the port of an instance without a port attribute. */
  | {
      readonly strategy: "cloudmap";
      readonly namespace: string;
      readonly service: string;
      readonly defaultPort: number;
    }
  /** A name with a record for each task. Without `port` it comes from SRV records, and `defaultPort` holds without those. */
  | {
      readonly strategy: "dns";
      readonly name: string;
      readonly port: number | undefined;
      readonly defaultPort: number;
    };
