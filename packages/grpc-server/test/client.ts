import {
  create,
  type DescMessage,
  type DescMethod,
  fromBinary,
  type MessageInitShape,
  type MessageShape,
  toBinary,
} from "@bufbuild/protobuf";
import {
  type CallOptions,
  type ChannelCredentials,
  type ChannelOptions,
  Client,
  type ClientDuplexStream,
  type ClientReadableStream,
  type ClientUnaryCall,
  type ClientWritableStream,
  credentials,
  Metadata,
  type ServiceError,
  type StatusObject,
} from "@grpc/grpc-js";

type Method<I extends DescMessage, O extends DescMessage> = Omit<DescMethod, "input" | "output"> & {
  readonly input: I;
  readonly output: O;
};

/** A message to send: the plain fields, or bytes that need not be a message. */
type Outgoing<I extends DescMessage> = MessageInitShape<I> | Buffer;

export interface UnaryResult<T> {
  readonly response: T;
  readonly headers: Metadata;
  readonly trailers: Metadata;
}

/** A grpc-js client with our message types. Each client has its own connection. */
export class TestClient {
  readonly #client: Client;

  /** @param target a port of loopback, or a target of grpc-js */
  constructor(
    target: number | string,
    options: ChannelOptions = {},
    security: ChannelCredentials = credentials.createInsecure(),
  ) {
    this.#client = new Client(typeof target === "number" ? `127.0.0.1:${target}` : target, security, {
      "grpc.use_local_subchannel_pool": 1,
      ...options,
    });
  }

  unary<I extends DescMessage, O extends DescMessage>(
    method: Method<I, O>,
    request: Outgoing<I>,
    options: {
      readonly metadata?: Metadata;
      readonly call?: CallOptions;
      readonly onCall?: (call: ClientUnaryCall) => void;
    } = {},
  ): Promise<UnaryResult<MessageShape<O>>> {
    return new Promise((resolve, reject) => {
      let headers = new Metadata();
      let response: MessageShape<O> | undefined;
      const call = this.#client.makeUnaryRequest(
        path(method),
        writer(method.input),
        reader(method.output),
        request,
        options.metadata ?? new Metadata(),
        options.call ?? {},
        (error, value) => {
          if (error !== null) reject(error);
          response = value;
        },
      );
      options.onCall?.(call);
      call.on("metadata", (received) => {
        headers = received;
      });
      call.on("status", ({ code, metadata }: StatusObject) => {
        // grpc-js emits "status" before it runs the callback
        queueMicrotask(() => {
          if (code === 0 && response !== undefined) resolve({ response, headers, trailers: metadata });
        });
      });
    });
  }

  serverStream<I extends DescMessage, O extends DescMessage>(
    method: Method<I, O>,
    request: Outgoing<I>,
    call: CallOptions = {},
  ): ClientReadableStream<MessageShape<O>> {
    const { input, output } = method;
    return this.#client.makeServerStreamRequest(
      path(method),
      writer(input),
      reader(output),
      request,
      new Metadata(),
      call,
    );
  }

  clientStream<I extends DescMessage, O extends DescMessage>(
    method: Method<I, O>,
  ): { readonly call: ClientWritableStream<Outgoing<I>>; readonly response: Promise<MessageShape<O>> } {
    const { promise, resolve, reject } = Promise.withResolvers<MessageShape<O>>();
    const call = this.#client.makeClientStreamRequest(
      path(method),
      writer(method.input),
      reader(method.output),
      new Metadata(),
      {},
      (error, value) => {
        if (error !== null) reject(error);
        else if (value !== undefined) resolve(value);
      },
    );
    return { call, response: promise };
  }

  bidi<I extends DescMessage, O extends DescMessage>(
    method: Method<I, O>,
  ): ClientDuplexStream<Outgoing<I>, MessageShape<O>> {
    const { input, output } = method;
    return this.#client.makeBidiStreamRequest(path(method), writer(input), reader(output), new Metadata(), {});
  }

  [Symbol.dispose](): void {
    this.#client.close();
  }
}

/** The error of a call; fails the test if the call ended well. */
export async function errorOf(call: Promise<unknown>): Promise<ServiceError> {
  try {
    await call;
  } catch (error) {
    return error as ServiceError;
  }
  throw new Error("the call ended without an error");
}

/** The next message of a stream; fails the test if the stream ends first. */
export async function nextOf<T>(stream: AsyncIterator<T>): Promise<T> {
  const next = await stream.next();
  if (next.done === true) throw new Error("the stream has ended");
  return next.value;
}

/** The messages of a stream, as an iterator that does not destroy the stream when reading stops. */
export function messagesOf<T>(stream: ClientReadableStream<T> | ClientDuplexStream<never, T>): AsyncIterator<T> {
  return stream.iterator({ destroyOnReturn: false }) as AsyncIterator<T>;
}

/** The texts of a stream, up to its end. */
export async function textsOf(stream: AsyncIterable<{ readonly value: string }>): Promise<string[]> {
  const texts: string[] = [];
  for await (const { value } of stream) texts.push(value);
  return texts;
}

function path(method: { readonly parent: { readonly typeName: string }; readonly name: string }): string {
  return `/${method.parent.typeName}/${method.name}`;
}

function writer<I extends DescMessage>(input: I): (message: Outgoing<I>) => Buffer {
  return (message) => (Buffer.isBuffer(message) ? message : Buffer.from(toBinary(input, create(input, message))));
}

function reader<O extends DescMessage>(output: O): (bytes: Buffer) => MessageShape<O> {
  return (bytes) => fromBinary(output, bytes);
}
