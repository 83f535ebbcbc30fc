import type { Socket } from "node:net";

/**
 * Resets a connection, so that the peer does not take partial data for all of it. After `end()`, until its FIN is sent, the
 * socket is only closed: libuv refuses to reset it then (uv_tcp_close_reset: EINVAL), and Node would neither close it nor
 * let the process end.
 */
export function reset(socket: Socket): void {
  if (socket.writableEnded && !socket.writableFinished) socket.destroy();
  else socket.resetAndDestroy();
}
