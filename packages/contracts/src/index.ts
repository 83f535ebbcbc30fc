// The contracts of the system, generated from proto/ by `npm run generate`; `npm run check` compares.
// And one number that follows from how protobuf carries JSON.

export * from "./gen/agentteam/workflow/v1/workflow_agent_pb.ts";
export * from "./gen/agentteam/workflow/v1/workflow_engine_pb.ts";
export * from "./gen/agentteam/workflow/v1/workflow_pb.ts";
export * from "./gen/google/rpc/error_details_pb.ts";
export * from "./gen/google/rpc/status_pb.ts";
export * from "./gen/grpc/health/v1/health_pb.ts";
// A namespace, because its messages have names such as ErrorResponse that would mean something else among ours.
export * as reflection from "./gen/grpc/reflection/v1/reflection_pb.ts";
// Its version before the first, with the same messages: what older grpcurl and Postman ask for.
export * as reflectionAlpha from "./gen/grpc/reflection/v1alpha/reflection_pb.ts";
export { isDeeperThan, MAX_JSON_DEPTH } from "./json-depth.ts";
