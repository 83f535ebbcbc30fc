import type { Clock } from "@agent-team/foundation/clock";
import { setPeerTimer } from "@agent-team/foundation/peer-timer";
import { Code, ConnectError } from "@connectrpc/connect";

export interface TimelyBodyInit {
  readonly clock: Clock;
  /** From now until the body has come whole. */
  readonly maxMs: number;
  /** It has not. */
  readonly onSlow: () => void;
}

/** A body that has to come within a time. Throws ConnectError DEADLINE_EXCEEDED when it does not. */
export async function* timelyBody(
  body: AsyncIterable<Uint8Array>,
  { clock, maxMs, onSlow }: TimelyBodyInit,
): AsyncGenerator<Uint8Array> {
  const late = Promise.withResolvers<never>();
  late.promise.catch(() => {}); // that the body came in time is no fault
  const didPass = (): void => {
    onSlow();
    late.reject(new ConnectError(`the request did not come within ${maxMs} ms`, Code.DeadlineExceeded));
  };
  const timer = setPeerTimer(clock, maxMs, didPass, { unref: true });
  const iterator = body[Symbol.asyncIterator]();
  try {
    for (;;) {
      const next = await Promise.race([iterator.next(), late.promise]);
      if (next.done === true) return;
      yield next.value;
    }
  } finally {
    timer.cancel();
  }
}
