import { Code, ConnectError } from "@connectrpc/connect";

/**
 * Reads a stream of a Connect client so that leaving the loop, by `break`, `return` or an error, cancels the call at once.
 * Connect's own iterables pass on no `return()`: without this, a call goes on after its loop was left, until
 * the garbage collector finds it.
 *
 *     for await (const event of cancelOnLeave((signal) => client.watch(request, { signal }))) if (isLast(event)) break;
 *
 * The call begins with the first read. `signal` is a further one that ends it, with its own reason.
 */
export async function* cancelOnLeave<T>(
  open: (signal: AbortSignal) => AsyncIterable<T>,
  signal?: AbortSignal,
): AsyncGenerator<T, void, undefined> {
  const left = new AbortController();
  let ended = false;
  try {
    yield* open(signal === undefined ? left.signal : AbortSignal.any([signal, left.signal]));
    ended = true;
  } finally {
    if (!ended) left.abort(new ConnectError("the caller stopped reading", Code.Canceled));
  }
}
