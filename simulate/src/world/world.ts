/** What one run consists of, for the clients in it: time, hosts, the network between them, and the record of the calls. */

import type { Random } from "@agent-team/foundation/random";
import type { Endpoint } from "@agent-team/grpc-client";
import type { Calls } from "./calls.ts";
import type { Host, Request } from "./host.ts";
import type { VirtualTime } from "./virtual-time.ts";

/** A host with its address. */
export interface Server {
  readonly endpoint: Endpoint;
  readonly host: Host;
}

export interface World {
  readonly time: VirtualTime;
  /** Every host of the run, also those that join later. */
  readonly servers: readonly Server[];
  readonly calls: Calls;
  /** Requests that clients have sent: within a zone or where zones are unknown, and to another zone. */
  readonly sent: { local: number; remote: number };
  /** How long a packet takes from a client in `zone` to this server, and back, in ms. */
  delayMs(zone: string | undefined, server: Server): number;
  randomFor(purpose: string): Random;
}

/** Whether both zones are known, and different. */
export function isRemote(zone: string | undefined, { endpoint }: Server): boolean {
  return zone !== undefined && endpoint.zone !== undefined && zone !== endpoint.zone;
}

/** Sends a request over the network. Its answers come back over the network. */
export function send(world: World, zone: string | undefined, server: Server, request: Request): void {
  const { time } = world;
  const delayMs = world.delayMs(zone, server);
  if (isRemote(zone, server)) world.sent.remote++;
  else world.sent.local++;
  const remote: Request = {
    workMs: request.workMs,
    firstByteShare: request.firstByteShare,
    // The first byte of a unary response and its end are one packet.
    onFirstByte: () => {
      if (request.firstByteShare < 1) time.setTimer(delayMs, () => request.onFirstByte());
    },
    onEnd: (succeeded) => {
      time.setTimer(delayMs, () => {
        if (succeeded && request.firstByteShare === 1) request.onFirstByte();
        request.onEnd(succeeded);
      });
    },
  };
  time.setTimer(delayMs, () => server.host.accept(remote));
}
