import type { Socket } from "node:net";

/**
 * Resets a connection: the peer learns that what it has is not the whole. One whose own end is on its way is only closed:
 * libuv refuses to reset it (uv_tcp_close_reset: EINVAL), and Node then never closes it, nor lets the process end.
 */
export function reset(socket: Socket): void {
  if (socket.writableEnded && !socket.writableFinished) socket.destroy();
  else socket.resetAndDestroy();
}
