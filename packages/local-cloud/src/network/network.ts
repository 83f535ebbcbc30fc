import type { HostPort } from "@agent-team/foundation/host-port";
import type { Placement } from "../placement.ts";

/** The two availability zones, as the private subnets on AWS have them. */
export const ZONES: readonly [string, string] = ["local-1a", "local-1b"];

/** Parts of the cloud that listen themselves. */
export type InfrastructureRole = "dns" | "metadata" | "nlb" | "journal";

/** The local VPC: assigns addresses and ports to tasks and to the parts of the cloud. */
export interface Network {
  readonly kind: "loopback" | "ports-only";
  /** The block from which tasks get their addresses. */
  readonly cidr: string;
  /** `ZONE_CIDRS` of every task; undefined where addresses do not depend on the zone. */
  readonly zoneCidrs: string | undefined;
  /** The address on which a part listens. `port` is the contract's; port 0 in the result means any free port. */
  infrastructure(role: InfrastructureRole, port: number): HostPort;
  /** Assigns an address in the zone where `service` has the fewest tasks. */
  place(service: string, port: number): Promise<Placement>;
  /** Frees the address of a task that has ended. */
  release(service: string, placement: Placement): void;
}
