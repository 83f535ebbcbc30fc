import { fileURLToPath } from "node:url";
import { createChannel } from "@agent-team/grpc-client";
import { createGrpcJsChannel } from "@agent-team/grpc-client/grpc-js";
import * as grpc from "@grpc/grpc-js";
import * as protoLoader from "@grpc/proto-loader";

interface HealthPackage {
  grpc: { health: { v1: { Health: grpc.ServiceClientConstructor } } };
}

const proto = fileURLToPath(new URL("../../packages/contracts/proto/grpc/health/v1/health.proto", import.meta.url));
const loaded = grpc.loadPackageDefinition(protoLoader.loadSync(proto, { enums: String }));
const { Health } = (loaded as unknown as HealthPackage).grpc.health.v1;

const health = new Health("not used", grpc.credentials.createInsecure(), {
  // The line that is new. `services` is optional: with it the channel knows which methods may run twice.
  channelOverride: createGrpcJsChannel(createChannel("env:WORKFLOW_SERVICE:50051"), { services: [Health.service] }),
});

health["Check"]?.({ service: "" }, (error: grpc.ServiceError | null, answer?: { status: string }) => {
  console.log(error?.message ?? answer?.status);
  health.close();
});
