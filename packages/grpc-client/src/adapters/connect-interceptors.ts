/** Connect's interceptors around a transport. Their view of a request is made only if a transport has interceptors. */

import {
  create,
  type DescMessage,
  type DescMethod,
  type MessageInitShape,
  type MessageShape,
} from "@bufbuild/protobuf";
import {
  type ContextValues,
  createContextValues,
  type Interceptor,
  type StreamRequest,
  type StreamResponse,
  type Transport,
  type UnaryRequest,
  type UnaryResponse,
} from "@connectrpc/connect";
import { toHeaders } from "./connect-codec.ts";
import { toConnectError } from "./connect-error.ts";

const DONE: IteratorReturnResult<undefined> = { done: true, value: undefined };

type Request = UnaryRequest | StreamRequest;
type CallFn = (request: Request) => Promise<UnaryResponse | StreamResponse>;

/** `transport` with `interceptors` around each call, the first one outermost. `authority` goes into the URL that they see. */
export function withInterceptors(
  transport: Transport,
  interceptors: readonly Interceptor[],
  authority: string,
): Transport {
  // An interceptor answers with the response that it got or with one of its own. Connect's types do not express that it
  // belongs to the method of the request, so the promise of it is typed as one that fits everywhere.
  const run = async (makeRequest: () => Request, timeoutMs: number | undefined): Promise<never> => {
    const call: CallFn = ({ signal, header, contextValues, ...rest }) =>
      rest.stream
        ? transport.stream(rest.method, signal, timeoutMs, header, rest.message, contextValues)
        : transport.unary(rest.method, signal, timeoutMs, header, rest.message, contextValues).then(spreadable);
    try {
      return (await interceptors.reduceRight((next, interceptor) => interceptor(next), call)(makeRequest())) as never;
    } catch (error) {
      throw toConnectError(error);
    }
  };
  return {
    async unary(method, signal, timeoutMs, header, input, contextValues) {
      const common = () => requestCommon(authority, method, signal, header, contextValues);
      return run(() => ({ ...common(), stream: false, method, message: create(method.input, input) }), timeoutMs);
    },
    async stream(method, signal, timeoutMs, header, input, contextValues) {
      const common = () => requestCommon(authority, method, signal, header, contextValues);
      return run(() => ({ ...common(), stream: true, method, message: created(method.input, input) }), timeoutMs);
    },
  };
}

/** Interceptors spread responses into their own. What makes its headers only when asked would lose them that way. */
function spreadable({ stream, service, method, header, trailer, message }: UnaryResponse): UnaryResponse {
  return { stream, service, method, header, trailer, message };
}

function requestCommon(
  authority: string,
  method: DescMethod,
  signal: AbortSignal | undefined,
  header: HeadersInit | undefined,
  contextValues: ContextValues | undefined,
): Pick<UnaryRequest, "service" | "requestMethod" | "url" | "signal" | "header" | "contextValues"> {
  return {
    service: method.parent,
    requestMethod: "POST",
    url: `http://${authority}/${method.parent.typeName}/${method.name}`,
    signal: signal ?? new AbortController().signal,
    header: toHeaders(header),
    contextValues: contextValues ?? createContextValues(),
  };
}

/** Not a generator: its `return()` would wait for the message under way, and the caller's input would not get it. */
function created<I extends DescMessage>(
  desc: I,
  input: AsyncIterable<MessageInitShape<I>>,
): AsyncIterable<MessageShape<I>> {
  return {
    [Symbol.asyncIterator]() {
      const messages = input[Symbol.asyncIterator]();
      return {
        next: async () => {
          const next = await messages.next();
          return next.done === true ? DONE : { done: false, value: create(desc, next.value) };
        },
        return: async () => {
          await messages.return?.();
          return DONE;
        },
      };
    },
  };
}
