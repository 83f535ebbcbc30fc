import { reflection, reflectionAlpha } from "@agent-team/contracts";
import type { DescFile, MessageInitShape } from "@bufbuild/protobuf";
import { Code, type ServiceImpl } from "@connectrpc/connect";
import { type ServedService, service } from "../service.ts";
import { Descriptors, serializeWithImports } from "./descriptors.ts";

type Question = reflection.ServerReflectionRequest["messageRequest"];
type Answer = NonNullable<MessageInitShape<typeof reflection.ServerReflectionResponseSchema>["messageResponse"]>;

type Reflection = typeof reflection.ServerReflection;

/** v1alpha has the messages of v1 under other names, so one implementation, typed by v1, serves both. */
const VERSIONS: readonly Reflection[] = [
  reflection.ServerReflection,
  reflectionAlpha.ServerReflection as unknown as Reflection,
];

/** grpc.reflection.v1 and v1alpha, for `served` and themselves. With it grpcurl can call services without a .proto file. */
export function createReflectionServices(served: readonly ServedService[]): ServedService[] {
  const services = [...served.map(({ desc }) => desc), ...VERSIONS];
  const descriptors = new Descriptors(services);
  const names = services.map(({ typeName }) => ({ name: typeName }));
  const impl: ServiceImpl<Reflection> = {
    async *serverReflectionInfo(requests) {
      for await (const originalRequest of requests) {
        const messageResponse = answer(originalRequest.messageRequest, descriptors, names);
        yield { validHost: originalRequest.host, originalRequest, messageResponse };
      }
    },
  };
  return VERSIONS.map((desc) => service(desc, impl, { holdsDrain: false, isOpen: true }));
}

function answer(question: Question, descriptors: Descriptors, names: { readonly name: string }[]): Answer {
  switch (question.case) {
    case "listServices":
      return { case: "listServicesResponse", value: { service: names } };
    case "fileByFilename":
      return fileAnswer(descriptors.file(question.value), `file ${question.value}`);
    case "fileContainingSymbol":
      return fileAnswer(descriptors.fileOfSymbol(question.value), `symbol ${question.value}`);
    case "fileContainingExtension": {
      const { containingType, extensionNumber } = question.value;
      const file = descriptors.fileOfExtension(containingType, extensionNumber);
      return fileAnswer(file, `extension ${extensionNumber} of ${containingType}`);
    }
    case "allExtensionNumbersOfType": {
      const extensionNumber = descriptors.extensionNumbers(question.value);
      if (extensionNumber === undefined)
        return errorAnswer(Code.NotFound, `message ${question.value}: not found on this server`);
      return { case: "allExtensionNumbersResponse", value: { baseTypeName: question.value, extensionNumber } };
    }
    case undefined:
      return errorAnswer(Code.InvalidArgument, "expected a request with one of its fields set");
    default:
      return question satisfies never;
  }
}

function fileAnswer(file: DescFile | undefined, wanted: string): Answer {
  if (file === undefined) return errorAnswer(Code.NotFound, `${wanted}: not found on this server`);
  return { case: "fileDescriptorResponse", value: { fileDescriptorProto: serializeWithImports(file) } };
}

function errorAnswer(errorCode: Code, errorMessage: string): Answer {
  return { case: "errorResponse", value: { errorCode, errorMessage } };
}
