import type { Reading } from "./reading.ts";

/** Ends before the punctuation of the sentence around it. */
const URL_PATTERN = /https?:\/\/[^\s"'<>{}]*[^\s"'<>{}.,;:!?)\]]/iu;

/** "example.com/orders": where it leads is not said, so it is only ever suggested. */
const BARE_HOST = /(?<![\p{L}\p{N}@/.])(?:[a-z0-9-]+\.)+[a-z]{2,}(?::\d+)?(?:\/[^\s"'<>{}]*[^\s"'<>{}.,;:!?)\]])?/iu;

/** Takes an http(s) URL with a host. */
export function takeUrl(reading: Reading): string | undefined {
  if (!reading.has(URL_PATTERN)) return undefined;
  const text = reading.take(URL_PATTERN)?.[0] ?? "";
  return URL.canParse(text) ? text : undefined;
}

/** Takes a host without a scheme and suggests the URL it may be. */
export function takeBareHost(reading: Reading): string | undefined {
  const match = reading.take(BARE_HOST);
  return match === undefined ? undefined : `https://${match[0]}`;
}

/** What the URL points at, in a word: its last path segment that is a word, or its host. */
export function nameOfUrl(url: string): string {
  const { hostname, pathname } = new URL(url);
  const words = pathname.split("/").filter((segment) => /^[\p{L}][\p{L}\p{N}_-]{0,40}$/u.test(segment));
  return words.at(-1)?.replace(/[-_]+/g, " ") ?? hostname;
}
