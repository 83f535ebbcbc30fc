import type { Reading } from "./reading.ts";

/** Excludes the punctuation of the sentence after the URL. */
const URL_PATTERN = /https?:\/\/[^\s"'<>{}]*[^\s"'<>{}.,;:!?)\]]/iu;

/** "example.com/orders": without a scheme it is not certain, so it becomes the suggested answer of a question. */
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

/** A name for the content of the URL: its last path segment that is a word, or its host. */
export function nameOfUrl(url: string): string {
  const { hostname, pathname } = new URL(url);
  const words = pathname.split("/").filter((segment) => /^[\p{L}][\p{L}\p{N}_-]{0,40}$/u.test(segment));
  return words.at(-1)?.replace(/[-_]+/g, " ") ?? hostname;
}
