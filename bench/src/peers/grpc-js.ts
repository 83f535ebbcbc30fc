import type { GetWorkflowResponse } from "@agent-team/contracts";
import { systemClock } from "@agent-team/foundation/clock";
import { type ChannelCredentials, type ChannelOptions, Client, credentials, Metadata } from "@grpc/grpc-js";
import { HANG_PATH } from "../echo.ts";
import { CALL_TIMEOUT_MS, MAX_MESSAGE_BYTES, type Peer, type PeerTarget, SERVER_NAME } from "../peer.ts";
import { checkAnswer, decode, encode, PATH, REQUEST } from "../workload.ts";

import { grpcJsStreams } from "./grpc-js-streams.ts";

/** What a grpc-js user has to write to get what our channel does by default: both endpoints, and our bounds of retries. */
const ROUND_ROBIN_WITH_RETRY: ChannelOptions = {
  "grpc.service_config": JSON.stringify({
    loadBalancingConfig: [{ round_robin: {} }],
    methodConfig: [
      {
        name: [{}],
        retryPolicy: {
          maxAttempts: 3,
          initialBackoff: "0.025s",
          maxBackoff: "1s",
          backoffMultiplier: 2,
          retryableStatusCodes: ["UNAVAILABLE"],
        },
      },
    ],
  }),
};

export function grpcJsTarget({ addresses }: PeerTarget): string {
  return `ipv4:${addresses.join(",")}`;
}

export function grpcJsCredentials({ ca }: PeerTarget): ChannelCredentials {
  return ca === undefined ? credentials.createInsecure() : credentials.createSsl(Buffer.from(ca));
}

/** What `ROUND_ROBIN_WITH_RETRY` says, and the name in the server's certificate. */
export function grpcJsOptions({ ca }: PeerTarget): ChannelOptions {
  return {
    ...ROUND_ROBIN_WITH_RETRY,
    "grpc.max_receive_message_length": MAX_MESSAGE_BYTES,
    ...(ca === undefined ? {} : { "grpc.ssl_target_name_override": SERVER_NAME }),
  };
}

/** grpc-js, round_robin over all addresses, a deadline on each call and retries armed. */
export function createGrpcJsPeer(target: PeerTarget): Peer {
  return peerOf(new Client(grpcJsTarget(target), grpcJsCredentials(target), grpcJsOptions(target)));
}

/** With the largest window that HTTP/2 admits, of streams and of the connection: grpc-js has no measurement that would find it. */
export function createGrpcJsWindowPeer(target: PeerTarget): Peer {
  const options = { ...grpcJsOptions(target), "grpc-node.flow_control_window": 0x7fff_ffff };
  return peerOf(new Client(grpcJsTarget(target), grpcJsCredentials(target), options));
}

/** The same calls by any client of grpc-js. */
export function peerOf(client: Client): Peer {
  const metadata = new Metadata();
  const unary = (path: string): Promise<GetWorkflowResponse> =>
    new Promise((resolve, reject) => {
      const deadline = systemClock.wallNow() + CALL_TIMEOUT_MS;
      client.makeUnaryRequest(path, encode, decode, REQUEST, metadata, { deadline }, (error, answer) => {
        if (answer === undefined) reject(error ?? new Error("neither an answer nor an error"));
        else resolve(answer);
      });
    });
  return {
    call: async () => checkAnswer(await unary(PATH)),
    hang: () => void unary(HANG_PATH),
    ...grpcJsStreams(client),
    close: () => client.close(),
  };
}
