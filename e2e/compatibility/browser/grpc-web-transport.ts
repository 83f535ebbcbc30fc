/**
 * The client `grpc-web` of the gRPC project as a transport of Connect, so that one set of cases runs over both. In: calls of a Connect client. Out:
 * calls of `grpc-web` by XMLHttpRequest, in base64: that client streams in no other format.
 */

import { create, type DescMessage, type DescMethod, fromBinary, type MessageShape, toBinary } from "@bufbuild/protobuf";
import { Code, ConnectError, type Transport } from "@connectrpc/connect";
import { findTrailerError } from "@connectrpc/connect/protocol-grpc";
import { type ClientReadableStream, GrpcWebClientBase, MethodDescriptor, MethodType, type RpcError } from "grpc-web";

type Message = MessageShape<DescMessage>;

interface Received {
  readonly header: Headers;
  readonly trailer: Headers;
  readonly messages: AsyncIterable<Message>;
}

export function createGoogleTransport(baseUrl: string): Transport {
  const client = new GrpcWebClientBase({ format: "text" });
  return {
    async unary(method, signal, timeoutMs, header, input) {
      const call = start(client, { baseUrl, method, signal, timeoutMs, header, request: create(method.input, input) });
      let message: Message | undefined;
      for await (const each of call.messages) message = each;
      if (message === undefined) throw new ConnectError("no message", Code.Internal);
      const { header: first, trailer } = call;
      return { stream: false, service: method.parent, method, header: first, trailer, message: message as never };
    },
    async stream(method, signal, timeoutMs, header, input) {
      let request: Message | undefined;
      for await (const each of input) request = create(method.input, each);
      if (request === undefined) throw new ConnectError("no request", Code.Internal);
      const {
        header: first,
        trailer,
        messages,
      } = start(client, { baseUrl, method, signal, timeoutMs, header, request });
      return { stream: true, service: method.parent, method, header: first, trailer, message: messages as never };
    },
  };
}

interface Call {
  readonly baseUrl: string;
  readonly method: DescMethod;
  readonly signal: AbortSignal | undefined;
  readonly timeoutMs: number | undefined;
  readonly header: HeadersInit | undefined;
  readonly request: Message;
}

function start(client: GrpcWebClientBase, { baseUrl, method, signal, timeoutMs, header, request }: Call): Received {
  const { input, output, name, parent, methodKind } = method;
  const path = `${baseUrl}/${parent.typeName}/${name}`;
  const descriptor = new MethodDescriptor<Message, Message>(
    path,
    methodKind === "unary" ? MethodType.UNARY : MethodType.SERVER_STREAMING,
    input as never,
    output as never,
    (message: Message) => toBinary(input, message),
    (bytes: Uint8Array) => fromBinary(output, bytes),
  );
  const metadata = Object.fromEntries(new Headers(header));
  // That client's word for a deadline: milliseconds since the epoch.
  if (timeoutMs !== undefined) metadata["deadline"] = String(performance.timeOrigin + performance.now() + timeoutMs);
  const stream = client.serverStreaming(path, request, metadata, descriptor);
  return receive(stream, signal);
}

function receive(stream: ClientReadableStream<Message>, signal: AbortSignal | undefined): Received {
  const [header, trailer] = [new Headers(), new Headers()];
  const queue: Message[] = [];
  let end: { readonly error: ConnectError | undefined } | undefined;
  let wake = (): void => {};
  const didEnd = (error: ConnectError | undefined): void => {
    end ??= { error };
    wake();
  };
  stream.on("metadata", (metadata) => fill(header, metadata));
  stream.on("status", (status) => fill(trailer, status.metadata ?? {}));
  stream.on("data", (message) => {
    queue.push(message);
    wake();
  });
  stream.on("error", (error) => didEnd(errorOf(error)));
  stream.on("end", () => didEnd(undefined));
  signal?.addEventListener("abort", () => {
    stream.cancel();
    didEnd(new ConnectError("cancelled", Code.Canceled));
  });
  async function* messages(): AsyncGenerator<Message> {
    for (;;) {
      const message = queue.shift();
      if (message !== undefined) yield message;
      else if (end === undefined) await new Promise<void>((resolve) => (wake = resolve));
      else if (end.error === undefined) return;
      else throw end.error;
    }
  }
  return { header, trailer, messages: messages() };
}

function fill(headers: Headers, metadata: Readonly<Record<string, string>>): void {
  for (const [name, value] of Object.entries(metadata)) headers.set(name, value);
}

/** `grpc-web` gives the details with the metadata, not decoded. */
function errorOf({ code, message, metadata }: RpcError): ConnectError {
  const headers = new Headers();
  fill(headers, metadata ?? {});
  return findTrailerError(headers) ?? new ConnectError(message, code as number as Code, headers);
}
