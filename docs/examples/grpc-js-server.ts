import { fileURLToPath } from "node:url";
// The line that is new, in place of: import { Server, ServerCredentials } from "@grpc/grpc-js";
import { Server, ServerCredentials } from "@agent-team/grpc-server/grpc-js";
import * as grpc from "@grpc/grpc-js";
import * as protoLoader from "@grpc/proto-loader";

interface HealthPackage {
  grpc: { health: { v1: { Health: grpc.ServiceClientConstructor } } };
}

const proto = fileURLToPath(new URL("../../packages/contracts/proto/grpc/health/v1/health.proto", import.meta.url));
const loaded = grpc.loadPackageDefinition(protoLoader.loadSync(proto, { enums: String, defaults: true }));
const { Health } = (loaded as unknown as HealthPackage).grpc.health.v1;

type Request = { service: string };
type Response = { status: string };

function check(call: grpc.ServerUnaryCall<Request, Response>, callback: grpc.sendUnaryData<Response>): void {
  if (call.request.service === "") callback(null, { status: "SERVING" });
  else callback({ code: grpc.status.NOT_FOUND, details: `unknown service ${call.request.service}` });
}

const server = new Server({ "grpc.max_receive_message_length": 1_000_000 });
server.addService(Health.service, { check });
server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, port) => {
  console.log(error?.message ?? `serving on ${port}`);
});
