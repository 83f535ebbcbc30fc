/** An HTTP proxy that opens tunnels by CONNECT, for those who give a user and a password. */

import { createServer } from "node:http";
import { type AddressInfo, connect, type Socket } from "node:net";

export async function startConnectProxy(): Promise<AsyncDisposable & { readonly port: number }> {
  const sockets = new Set<Socket>();
  const server = createServer();
  server.on("connection", (socket: Socket) => sockets.add(socket));
  server.on("connect", (request, near: Socket, head: Buffer) => {
    near.on("error", () => {}); // "close" follows
    if (request.headers["proxy-authorization"] === undefined)
      return void near.end("HTTP/1.1 407 Proxy Authentication Required\r\n\r\n");
    const [, host = "", port = ""] = /^(.*):(\d+)$/.exec(request.url ?? "") ?? [];
    const far = connect(Number(port), host, () => {
      near.write("HTTP/1.1 200 Connection established\r\n\r\n");
      far.write(head);
      near.pipe(far).pipe(near);
    });
    far.on("error", () => near.destroy());
    far.on("close", () => near.destroy());
    near.on("close", () => far.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    port: (server.address() as AddressInfo).port,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
