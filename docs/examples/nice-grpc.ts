import {
  type HealthCheckRequest,
  HealthCheckRequestSchema,
  type HealthCheckResponse,
  HealthCheckResponse_ServingStatus,
  HealthCheckResponseSchema,
} from "@agent-team/contracts";
import { createChannel } from "@agent-team/grpc-client";
import { createGrpcJsChannel } from "@agent-team/grpc-client/grpc-js";
import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { type Channel, createClient } from "nice-grpc";

// As ts-proto generates it.
const HealthDefinition = {
  check: {
    path: "/grpc.health.v1.Health/Check",
    requestStream: false,
    responseStream: false,
    requestSerialize: (request: HealthCheckRequest) => toBinary(HealthCheckRequestSchema, request),
    requestDeserialize: (bytes: Uint8Array) => fromBinary(HealthCheckRequestSchema, bytes),
    responseSerialize: (response: HealthCheckResponse) => toBinary(HealthCheckResponseSchema, response),
    responseDeserialize: (bytes: Uint8Array) => fromBinary(HealthCheckResponseSchema, bytes),
    options: { idempotencyLevel: "NO_SIDE_EFFECTS" },
  },
} as const;

// The line that is new, in place of createChannel of nice-grpc.
const channel = createGrpcJsChannel<Channel>(createChannel("env:WORKFLOW_SERVICE:50051"), {
  services: [HealthDefinition],
});
const client = createClient(HealthDefinition, channel);
const { status } = await client.check(create(HealthCheckRequestSchema, { service: "" }));
console.log(status === HealthCheckResponse_ServingStatus.SERVING ? "SERVING" : status);
channel.close();
