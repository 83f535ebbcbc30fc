/** The server that the workflows of a test call. */

import { once } from "node:events";
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";

export interface CalledServer {
  /** `host:port`, for `HTTP_ALLOW_HOSTS`: the engine calls no loopback address otherwise. */
  readonly authority: string;
  readonly origin: string;
  close(): void;
}

export async function startCalledServer(listener: RequestListener): Promise<CalledServer> {
  const server = createServer(listener).listen(0, "127.0.0.1");
  await once(server, "listening");
  const authority = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    authority,
    origin: `http://${authority}`,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}
