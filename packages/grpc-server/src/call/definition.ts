import type { MethodImplSpec } from "@connectrpc/connect";
import type {
  MethodDefinition,
  Server,
  ServerDuplexStream,
  ServerWritableStream,
  ServiceDefinition,
  sendUnaryData,
  UntypedHandleCall,
  UntypedServiceImplementation,
} from "@grpc/grpc-js";
import type { ServedService } from "../service.ts";
import { run } from "./run.ts";
import { type CallEnvironment, ServedCall } from "./served-call.ts";
import { type Responses, SingleResponse, StreamedResponses, type WireCall } from "./wire.ts";

/** Registers a service with grpc-js under the paths that its descriptor gives. */
export function addService(server: Server, served: ServedService, environment: CallEnvironment): void {
  const { methods } = served;
  const definition: ServiceDefinition = Object.fromEntries(methods.map((spec) => [spec.method.name, define(spec)]));
  const handlers: UntypedServiceImplementation = Object.fromEntries(
    methods.map((spec) => [spec.method.name, handle(spec, served, environment)]),
  );
  server.addService(definition, handlers);
}

/** grpc-js gets messages as bytes: it would answer INTERNAL to a request that cannot be parsed, we answer INVALID_ARGUMENT. */
const asIs = (bytes: Buffer): Buffer => bytes;

/** `/package.Service/Method`. */
export function pathOf({ method }: MethodImplSpec): string {
  return `/${method.parent.typeName}/${method.name}`;
}

function define(spec: MethodImplSpec): MethodDefinition<Buffer, Buffer> {
  const { kind } = spec;
  return {
    path: pathOf(spec),
    requestStream: kind === "client_streaming" || kind === "bidi_streaming",
    responseStream: kind === "server_streaming" || kind === "bidi_streaming",
    requestSerialize: asIs,
    requestDeserialize: asIs,
    responseSerialize: asIs,
    responseDeserialize: asIs,
  };
}

function handle(
  spec: MethodImplSpec,
  { holdsDrain, isOpen }: ServedService,
  environment: CallEnvironment,
): UntypedHandleCall {
  const admit = isOpen ? undefined : environment.admit;
  return (wire: WireCall, callback?: sendUnaryData<Buffer>) => {
    const call = new ServedCall(spec, wire, responsesOf(wire, callback), holdsDrain, environment);
    const refusal = environment.gate.refusalOf(call);
    if (refusal !== undefined) return call.refuse(refusal);
    // oxlint-disable-next-line typescript/no-floating-promises -- run() ends every failure as the call's status
    run(spec, wire, call, admit);
  };
}

/** For methods with one response grpc-js passes a callback; for the others the call is writable. */
function responsesOf(wire: WireCall, callback: sendUnaryData<Buffer> | undefined): Responses {
  if (callback !== undefined) return new SingleResponse(callback);
  return new StreamedResponses(wire as ServerWritableStream<Buffer, Buffer> | ServerDuplexStream<Buffer, Buffer>);
}
