import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import type { Topology } from "../scenario.ts";

/** Zones have these names. */
const ZONES = ["a", "b", "c", "d"];

/**
 * The address of host `index`: 127.N.Z.I with a network N for each client, so that clients that run at once do not share
 * hosts, and in it a network Z for each zone.
 */
export function hostAddress(index: number, network: number, { zones = 1 }: Topology): string {
  return `127.${network}.${1 + (index % zones)}.${1 + Math.floor(index / zones)}`;
}

export function zonesOf(
  network: number,
  { zones }: Topology,
): { readonly cidrs: string; readonly own: string } | undefined {
  if (zones === undefined) return undefined;
  const names = ZONES.slice(0, zones);
  const cidrs = names.map((zone, i) => `127.${network}.${1 + i}.0/24=${zone}`);
  return { cidrs: cidrs.join(","), own: names[0] as string };
}

/**
 * A port that was free a moment ago. All hosts have it, since records of type A carry no port.
 * @throws Error on a system where only 127.0.0.1 is a loopback address.
 */
export async function freePort(network: number): Promise<number> {
  const server = createServer().listen(0, `127.${network}.1.1`);
  await once(server, "listening").catch((error: Error) => {
    throw new Error(`the fault tests need all of 127.0.0.0/8, as on Linux: ${error.message}`);
  });
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}
