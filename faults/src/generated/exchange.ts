/** One call to the generating peer, and what is wrong with its result. */

import { type Channel, type ChannelError, type Method, Status } from "@agent-team/grpc-client";
import { makeAnswer } from "./answer.ts";
import { Dice } from "./dice.ts";
import { makeLastWords } from "./last-words.ts";
import { requestOf } from "./peer.ts";

const METHOD: Method = { path: "/test.Echo/Say", unaryRequest: true, unaryResponse: true, idempotent: false };
/** No answer takes this long: a call that meets it has hung. */
const DEADLINE_MS = 10_000;

export interface Exchange {
  readonly seed: number;
  readonly isLast: boolean;
  readonly messages: readonly Uint8Array[];
  readonly error: ChannelError | undefined;
  readonly ends: number;
}

/** Resolves when the call has ended. `ends` still counts further ends, which must not come. */
export function exchange(channel: Channel, seed: number, isLast: boolean): Promise<Exchange> {
  return new Promise((resolve) => {
    const messages: Uint8Array[] = [];
    const done = { seed, isLast, messages, error: undefined as ChannelError | undefined, ends: 0 };
    const call = channel.call(
      METHOD,
      { timeoutMs: DEADLINE_MS },
      {
        onHeaders: () => {},
        onMessage: (message) => void messages.push(message),
        onDrain: () => {},
        onEnd: (error) => {
          done.ends++;
          done.error = error;
          resolve(done);
        },
      },
    );
    call.send(requestOf(seed, isLast), true);
    call.start();
  });
}

/** What is wrong with a result; undefined: nothing. */
export function faultOf({ seed, isLast, messages, error, ends }: Exchange): string | undefined {
  if (ends !== 1) return `ended ${ends} times`;
  if (error?.code === Status.deadlineExceeded) return "hung until its deadline";
  const [message] = messages;
  if (error !== undefined)
    return !isLast && expected(seed) !== undefined ? `a right answer failed: ${error.message}` : undefined;
  if (messages.length !== 1 || message === undefined) return `a success with ${messages.length} messages`;
  if (isLast) return message.length === makeLastWords(new Dice(seed), 1).length ? undefined : "a success of cut data";
  return expected(seed)?.equals(message) === true ? undefined : "a success of a wrong answer";
}

/** The stream's id changes nothing but itself. */
function expected(seed: number): Buffer | undefined {
  const dice = new Dice(seed);
  return makeAnswer(dice, 1).message;
}
