import type { GetWorkflowResponse } from "@agent-team/contracts";
import { systemClock } from "@agent-team/foundation/clock";
import { type ChannelOptions, Client, credentials, Metadata } from "@grpc/grpc-js";
import { CALL_TIMEOUT_MS, type Peer } from "../peer.ts";
import { checkAnswer, decode, encode, PATH, REQUEST } from "../workload.ts";

/** What a grpc-js user has to write to get what our channel does by default: both endpoints, and our bounds of retries. */
export const ROUND_ROBIN_WITH_RETRY: ChannelOptions = {
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

export function grpcJsTarget(addresses: readonly string[]): string {
  return `ipv4:${addresses.join(",")}`;
}

/** grpc-js, round_robin over all addresses, a deadline on each call and retries armed. */
export function createGrpcJsPeer(addresses: readonly string[]): Peer {
  return peerOf(new Client(grpcJsTarget(addresses), credentials.createInsecure(), ROUND_ROBIN_WITH_RETRY));
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
