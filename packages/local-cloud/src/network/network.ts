import type { HostPort } from "../host-port.ts";

/** Where one task lives, from its launch to its end. */
export interface Placement {
  readonly host: string;
  readonly port: number;
  /** The side port's, on the same host. */
  readonly healthPort: number;
  readonly zone: string;
}

/** Parts of the cloud that listen themselves. */
export type InfrastructureRole = "dns" | "metadata" | "nlb" | "journal";

/** How addresses are given out: the "VPC". */
export interface Network {
  readonly kind: "loopback" | "ports-only";
  /** All addresses that tasks can have. */
  readonly cidr: string;
  /** `ZONE_CIDRS` of every task; undefined where an address does not tell its zone. */
  readonly zoneCidrs: string | undefined;
  /** Where a part binds. `port` is the one of the contract; port 0 in the answer means any. */
  infrastructure(role: InfrastructureRole, port: number): HostPort;
  /** A place in the zone where `service` has the fewest tasks. */
  place(service: string, port: number): Promise<Placement>;
  /** The task at `placement` has ended. */
  release(service: string, placement: Placement): void;
}

/** The two zones of the real private subnets. */
export const zones: readonly [string, string] = ["local-1a", "local-1b"];
