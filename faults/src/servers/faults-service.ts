import { create, createFileRegistry } from "@bufbuild/protobuf";
import type { GenService } from "@bufbuild/protobuf/codegenv2";
import {
  FileDescriptorProtoSchema,
  file_google_protobuf_wrappers,
  type StringValueSchema,
} from "@bufbuild/protobuf/wkt";

const TEXT = ".google.protobuf.StringValue";

const proto = create(FileDescriptorProtoSchema, {
  name: "agentteam/faults/v1/faults.proto",
  package: "agentteam.faults.v1",
  syntax: "proto3",
  dependency: ["google/protobuf/wrappers.proto"],
  service: [
    {
      name: "Faults",
      method: [
        { name: "Read", inputType: TEXT, outputType: TEXT },
        { name: "Write", inputType: TEXT, outputType: TEXT },
        { name: "Watch", inputType: TEXT, outputType: TEXT, serverStreaming: true },
      ],
    },
  ],
});

interface Messages {
  readonly input: typeof StringValueSchema;
  readonly output: typeof StringValueSchema;
}

interface Unary extends Messages {
  readonly methodKind: "unary";
}

interface ServerStreaming extends Messages {
  readonly methodKind: "server_streaming";
}

const registry = createFileRegistry(proto, () => file_google_protobuf_wrappers);

/** The methods of `wire.ts` for a server that needs their descriptors. */
export const Faults = registry.getService("agentteam.faults.v1.Faults") as GenService<{
  read: Unary;
  write: Unary;
  watch: ServerStreaming;
}>;
