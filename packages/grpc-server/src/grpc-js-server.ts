import { Server } from "@grpc/grpc-js";
import { addService, pathOf } from "./call/definition.ts";
import type { CallEnvironment } from "./call/served-call.ts";
import { createStreamGate, type StreamGate } from "./connection/stream-gate.ts";
import type { ServedService } from "./service.ts";

/** Records for a debugging protocol that we do not serve. */
const NO_CHANNELZ = { "grpc.enable_channelz": 0 };

/**
 * Answers streams with the methods of `services`; grpc-js runs their calls. A request message above
 * `maxReceiveMessageBytes` ends its call with RESOURCE_EXHAUSTED. Connections are the `Listener`'s part.
 */
export function createGrpcServer(
  services: readonly ServedService[],
  environment: CallEnvironment,
  maxReceiveMessageBytes: number,
): StreamGate {
  const server = new Server({ ...NO_CHANNELZ, "grpc.max_receive_message_length": maxReceiveMessageBytes });
  for (const served of services) addService(server, served, environment);
  return createStreamGate({
    paths: new Set(services.flatMap(({ methods }) => methods.map(pathOf))),
    // grpc-js makes its HTTP/2 servers itself, and their limits cannot be set. This is the function that it attaches to
    // each of them. It is private: in a version of grpc-js without it, the tests of each kind of call fail.
    serve: (stream, headers) => server["_streamHandler"]([], stream, headers),
    onDefect: (path, thrown) => environment.log.didThrow(path, thrown),
  });
}
