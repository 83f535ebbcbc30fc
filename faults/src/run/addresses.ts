import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import type { Topology } from "../scenario.ts";

/** Zones have these names. */
const ZONES = ["a", "b", "c", "d"];

/** The address of host `index`: 127.0.Z.I, with a network for each zone. */
export function hostAddress(index: number, { zones = 1 }: Topology): string {
  return `127.0.${1 + (index % zones)}.${1 + Math.floor(index / zones)}`;
}

export function zonesOf({ zones }: Topology): { readonly cidrs: string; readonly own: string } | undefined {
  if (zones === undefined) return undefined;
  const names = ZONES.slice(0, zones);
  return { cidrs: names.map((zone, i) => `127.0.${1 + i}.0/24=${zone}`).join(","), own: names[0] as string };
}

/**
 * A port that was free a moment ago. All hosts have it, since records of type A carry no port.
 * @throws Error on a system where only 127.0.0.1 is a loopback address.
 */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.1.1");
  await once(server, "listening").catch((error: Error) => {
    throw new Error(`the fault tests need all of 127.0.0.0/8, as on Linux: ${error.message}`);
  });
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}
