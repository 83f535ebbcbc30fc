// The contracts of the system, generated from proto/ by `npm run generate`; `npm run check` compares. And the limit of
// protobuf for nested JSON.

export * from "./gen/agentteam/workflow/v1/workflow_agent_pb.ts";
export * from "./gen/agentteam/workflow/v1/workflow_engine_pb.ts";
export * from "./gen/agentteam/workflow/v1/workflow_pb.ts";
export * from "./gen/google/rpc/error_details_pb.ts";
export * from "./gen/google/rpc/status_pb.ts";
export * from "./gen/grpc/health/v1/health_pb.ts";
// A namespace, because names such as ErrorResponse would have another meaning among our messages.
export * as reflection from "./gen/grpc/reflection/v1/reflection_pb.ts";
// The version before v1, with the same messages, for older versions of grpcurl and Postman.
export * as reflectionAlpha from "./gen/grpc/reflection/v1alpha/reflection_pb.ts";
export { isDeeperThan, MAX_JSON_DEPTH } from "./json-depth.ts";
