/** Texts and errors for log lines: any value comes in, bounded data goes out. It never throws. */

import { cutText } from "./cut-text.ts";

/** Of a message or a stack; CloudWatch takes events of 256 KiB. */
const MAX_TEXT_CHARACTERS = 8_192;

/** Causes below an error. */
const MAX_CAUSES = 3;

/** An error as data. The value may be no error, and its getters may throw. */
export function toLoggable(thrown: unknown, causes: number = MAX_CAUSES): object {
  try {
    if (!(thrown instanceof Error)) return { type: typeof thrown, message: toLoggableText(String(thrown)) };
    const { name, message, stack, cause } = thrown;
    const below = cause === undefined || causes === 0 ? {} : { cause: toLoggable(cause, causes - 1) };
    return {
      type: String(name),
      message: toLoggableText(String(message)),
      stack: toLoggableText(String(stack)),
      ...below,
    };
  } catch {
    return { message: "the thrown value cannot be read: one of its getters throws" };
  }
}

/** The stack of an error, or the text of another value. For standard error, where no logger writes. */
export function stackOf(thrown: unknown): string {
  return thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown);
}

/** The first 8,192 characters of a text. */
export function toLoggableText(text: string): string {
  return cutText(text, MAX_TEXT_CHARACTERS);
}
