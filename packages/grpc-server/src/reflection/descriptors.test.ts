import { Health, WorkflowAgentService, WorkflowEngineService } from "@agent-team/contracts";
import { fromBinary } from "@bufbuild/protobuf";
import { FileDescriptorProtoSchema } from "@bufbuild/protobuf/wkt";
import { expect, test } from "vitest";
import { Descriptors, serializeWithImports } from "./descriptors.ts";

const descriptors = new Descriptors([WorkflowAgentService, WorkflowEngineService, Health]);

test.for([
  ["agentteam.workflow.v1.WorkflowEngineService", "agentteam/workflow/v1/workflow_engine"],
  ["agentteam.workflow.v1.WorkflowAgentService.ProcessConversation", "agentteam/workflow/v1/workflow_agent"],
  ["grpc.health.v1.HealthCheckResponse.ServingStatus", "grpc/health/v1/health"],
] as const)("%s is found in its file", ([symbol, file]) => {
  expect(descriptors.fileOfSymbol(symbol)?.name).toBe(file);
});

test("an unknown symbol, file or message is not found", () => {
  expect(descriptors.fileOfSymbol("agentteam.Nothing")).toBeUndefined();
  expect(descriptors.fileOfSymbol("")).toBeUndefined();
  expect(descriptors.file("nothing.proto")).toBeUndefined();
  expect(descriptors.extensionNumbers("agentteam.Nothing")).toBeUndefined();
  expect(descriptors.extensionNumbers("grpc.health.v1.HealthCheckRequest")).toEqual([]);
});

test("a file comes with everything it imports, each once, the file first", () => {
  const files = serializeWithImports(WorkflowEngineService.file).map((bytes) =>
    fromBinary(FileDescriptorProtoSchema, bytes),
  );
  const names = files.map((file) => file.name);

  expect(names[0]).toBe("agentteam/workflow/v1/workflow_engine.proto");
  expect(new Set(names).size).toBe(names.length);
  for (const file of files) expect(names).toEqual(expect.arrayContaining(file.dependency));
});

test("a file is found by the name that imports use", () => {
  for (const name of descriptors.file("agentteam/workflow/v1/workflow_engine.proto")?.proto.dependency ?? ["none"]) {
    expect(descriptors.file(name)?.proto.name).toBe(name);
  }
});
