import { create, createFileRegistry } from "@bufbuild/protobuf";
import type { GenService } from "@bufbuild/protobuf/codegenv2";
import {
  FileDescriptorProtoSchema,
  file_google_protobuf_wrappers,
  type StringValueSchema,
} from "@bufbuild/protobuf/wkt";

/** A service with a method of each of the four kinds; our own contracts have no client streaming. */
const proto = create(FileDescriptorProtoSchema, {
  name: "test/echo.proto",
  package: "test",
  syntax: "proto3",
  dependency: ["google/protobuf/wrappers.proto"],
  service: [
    {
      name: "Echo",
      method: [
        { name: "Unary", inputType: ".google.protobuf.StringValue", outputType: ".google.protobuf.StringValue" },
        {
          name: "ServerStream",
          inputType: ".google.protobuf.StringValue",
          outputType: ".google.protobuf.StringValue",
          serverStreaming: true,
        },
        {
          name: "ClientStream",
          inputType: ".google.protobuf.StringValue",
          outputType: ".google.protobuf.StringValue",
          clientStreaming: true,
        },
        {
          name: "Bidi",
          inputType: ".google.protobuf.StringValue",
          outputType: ".google.protobuf.StringValue",
          clientStreaming: true,
          serverStreaming: true,
        },
      ],
    },
  ],
});

interface Messages {
  readonly input: typeof StringValueSchema;
  readonly output: typeof StringValueSchema;
}

const registry = createFileRegistry(proto, () => file_google_protobuf_wrappers);

export const Echo = registry.getService("test.Echo") as GenService<{
  unary: Messages & { readonly methodKind: "unary" };
  serverStream: Messages & { readonly methodKind: "server_streaming" };
  clientStream: Messages & { readonly methodKind: "client_streaming" };
  bidi: Messages & { readonly methodKind: "bidi_streaming" };
}>;
