import type { GetWorkflowResponse } from "@agent-team/contracts";
import { systemClock } from "@agent-team/foundation/clock";
import { type ChannelCredentials, type ChannelOptions, Client, credentials, Metadata } from "@grpc/grpc-js";
import { CALL_TIMEOUT_MS, type Peer, type PeerTarget, SERVER_NAME } from "../peer.ts";
import { checkAnswer, decode, encode, PATH, REQUEST } from "../workload.ts";

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
  return ca === undefined
    ? ROUND_ROBIN_WITH_RETRY
    : { ...ROUND_ROBIN_WITH_RETRY, "grpc.ssl_target_name_override": SERVER_NAME };
}

/** grpc-js, round_robin over all addresses, a deadline on each call and retries armed. */
export function createGrpcJsPeer(target: PeerTarget): Peer {
  return peerOf(new Client(grpcJsTarget(target), grpcJsCredentials(target), grpcJsOptions(target)));
}

/** The same calls by any client of grpc-js. */
export function peerOf(client: Client): Peer {
  const metadata = new Metadata();
  const unary = (): Promise<GetWorkflowResponse> =>
    new Promise((resolve, reject) => {
      const deadline = systemClock.wallNow() + CALL_TIMEOUT_MS;
      client.makeUnaryRequest(PATH, encode, decode, REQUEST, metadata, { deadline }, (error, answer) => {
        if (answer === undefined) reject(error ?? new Error("neither an answer nor an error"));
        else resolve(answer);
      });
    });
  return {
    call: async () => checkAnswer(await unary()),
    close: () => client.close(),
  };
}
