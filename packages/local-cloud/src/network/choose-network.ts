import { createServer } from "node:net";
import { closeServer, listen } from "../listen.ts";
import { LoopbackNetwork } from "./loopback-network.ts";
import type { Network } from "./network.ts";
import { PortsOnlyNetwork } from "./ports-only-network.ts";

/** `reason`: why own addresses cannot be bound; undefined when they can, and when the caller asked for ports. */
export interface ChosenNetwork {
  readonly network: Network;
  readonly reason: string | undefined;
}

/** An address for each task where the machine can bind them (all of 127.0.0.0/8 on Linux), otherwise ports for each task. */
export async function chooseNetwork(vpc: string, portsOnly: boolean): Promise<ChosenNetwork> {
  const loopback = new LoopbackNetwork(vpc);
  if (portsOnly) return { network: new PortsOnlyNetwork(), reason: undefined };
  const { host } = loopback.infrastructure("dns", 0);
  const probe = createServer();
  try {
    await listen(probe, { host, port: 0 });
  } catch (error) {
    return {
      network: new PortsOnlyNetwork(),
      reason: `${host} cannot be bound (${(error as NodeJS.ErrnoException).code})`,
    };
  }
  await closeServer(probe);
  return { network: loopback, reason: undefined };
}
