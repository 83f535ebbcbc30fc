import type { Socket } from "node:net";
import type { HostPort } from "../host-port.ts";
import type { TargetGroup } from "./target-group.ts";
import { startTcpBalancer, type TcpBalancer } from "./tcp-balancer.ts";

/**
 * The application load balancer's part on one machine: the published address in front of the gateway's tasks. It does
 * not read HTTP; it only speaks it when there is no gateway to speak for itself.
 */
export function startPublishedGateway(address: HostPort, group: TargetGroup): Promise<TcpBalancer> {
  return startTcpBalancer(address, group, answerUnavailable);
}

const body = '{"type":"about:blank","title":"Service Unavailable","status":503,"detail":"no gateway task is running"}';
const unavailable = [
  "HTTP/1.1 503 Service Unavailable",
  "content-type: application/problem+json",
  `content-length: ${Buffer.byteLength(body)}`,
  "retry-after: 1",
  "connection: close",
  "",
  body,
].join("\r\n");

function answerUnavailable(client: Socket): void {
  // Reads on, because closing with unread bytes would reset the connection and lose the answer.
  client.resume();
  client.end(unavailable);
}
