import { connect } from "node:net";

/** The bytes that a Redis on loopback holds, by its own account. */
export async function redisBytes(port: number): Promise<number> {
  const socket = connect(port, "127.0.0.1").setEncoding("utf8");
  socket.write("INFO memory\r\n");
  let answer = "";
  for await (const text of socket) {
    answer += String(text);
    const bytes = /^used_memory:(\d+)\r/m.exec(answer)?.[1];
    if (bytes === undefined) continue;
    socket.destroy();
    return Number(bytes);
  }
  throw new Error(`Redis does not say what it holds: ${answer}`);
}
