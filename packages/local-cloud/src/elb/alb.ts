import type { Socket } from "node:net";
import type { HostPort } from "@agent-team/foundation/host-port";
import type { TargetGroup } from "./target-group.ts";
import { startTcpBalancer, type TcpBalancer } from "./tcp-balancer.ts";

const BODY = '{"type":"about:blank","title":"Service Unavailable","status":503,"detail":"no gateway task is running"}';
const UNAVAILABLE = [
  "HTTP/1.1 503 Service Unavailable",
  "content-type: application/problem+json",
  `content-length: ${Buffer.byteLength(BODY)}`,
  "retry-after: 1",
  "connection: close",
  "",
  BODY,
].join("\r\n");

/**
 * The listener of the application load balancer: the published address in front of the gateway's tasks. It forwards bytes
 * and does not parse HTTP. Without a gateway task it answers 503 itself.
 */
export function startPublishedGateway(address: HostPort, group: TargetGroup): Promise<TcpBalancer> {
  return startTcpBalancer(address, group, answerUnavailable);
}

function answerUnavailable(client: Socket): void {
  // Reads on: closing a socket with unread bytes would reset the connection and lose the response.
  client.resume();
  client.end(UNAVAILABLE);
}
