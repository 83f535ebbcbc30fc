import { reflection } from "@agent-team/contracts";
import type { DescFile, MessageInitShape } from "@bufbuild/protobuf";
import { Code } from "@connectrpc/connect";
import { type ServedService, service } from "../service.ts";
import { Descriptors, serializeWithImports } from "./descriptors.ts";

type Question = reflection.ServerReflectionRequest["messageRequest"];
type Answer = NonNullable<MessageInitShape<typeof reflection.ServerReflectionResponseSchema>["messageResponse"]>;

/** grpc.reflection.v1 for `served` and itself: what grpcurl needs to call them without a .proto file. */
export function createReflectionService(served: readonly ServedService[]): ServedService {
  const services = [...served.map(({ desc }) => desc), reflection.ServerReflection];
  const descriptors = new Descriptors(services);
  const names = services.map(({ typeName }) => ({ name: typeName }));
  return service(
    reflection.ServerReflection,
    {
      async *serverReflectionInfo(requests) {
        for await (const originalRequest of requests) {
          const messageResponse = answer(originalRequest.messageRequest, descriptors, names);
          yield { validHost: originalRequest.host, originalRequest, messageResponse };
        }
      },
    },
    { holdsDrain: false, isOpen: true },
  );
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
        return errorAnswer(Code.NotFound, `message ${question.value} is not known here`);
      return { case: "allExtensionNumbersResponse", value: { baseTypeName: question.value, extensionNumber } };
    }
    case undefined:
      return errorAnswer(Code.InvalidArgument, "the request asks nothing");
    default:
      return question satisfies never;
  }
}

function fileAnswer(file: DescFile | undefined, wanted: string): Answer {
  if (file === undefined) return errorAnswer(Code.NotFound, `${wanted} is not known here`);
  return { case: "fileDescriptorResponse", value: { fileDescriptorProto: serializeWithImports(file) } };
}

function errorAnswer(errorCode: Code, errorMessage: string): Answer {
  return { case: "errorResponse", value: { errorCode, errorMessage } };
}
