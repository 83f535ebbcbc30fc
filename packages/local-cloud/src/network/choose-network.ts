import { createServer } from "node:net";
import { closeServer, listen } from "../listen.ts";
import { LoopbackNetwork } from "./loopback-network.ts";
import type { Network } from "./network.ts";
import { PortsOnlyNetwork } from "./ports-only-network.ts";

/** `reason`: why the addresses could not be had, when it was not the caller's wish. */
export interface ChosenNetwork {
  readonly network: Network;
  readonly reason: string | undefined;
}

/** Own addresses where the machine lets us bind them (all of 127.0.0.0/8 on Linux), otherwise own ports. */
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
