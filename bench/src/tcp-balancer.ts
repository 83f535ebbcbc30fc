/**
 * A balancer of TCP connections, such as a Network Load Balancer, in a process of its own: it gives each connection to the next task.
 * Its argument is the addresses of the tasks as JSON.
 */

import { once } from "node:events";
import { type AddressInfo, connect, createServer } from "node:net";
import type { HostPort } from "@agent-team/foundation/host-port";
import { answerParent } from "./child.ts";

export interface TcpBalancerReport {
  /** Where it listens, `host:port`. */
  readonly address: string;
}

const tasks = JSON.parse(process.argv[2] as string) as readonly HostPort[];
let turn = 0;

const server = createServer({ noDelay: true }, (client) => {
  const task = connect({ ...(tasks[turn++ % tasks.length] as HostPort), noDelay: true });
  client.pipe(task).pipe(client);
  client.on("error", () => task.destroy());
  task.on("error", () => client.destroy());
}).listen(0, "127.0.0.1");
await once(server, "listening");
const address = `127.0.0.1:${(server.address() as AddressInfo).port}`;

answerParent((): TcpBalancerReport => ({ address }));
