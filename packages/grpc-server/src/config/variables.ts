import { z } from "zod";

// One schema per kind of variable. A variable without a default must be set. A message has the expectation only:
// `readConfig` puts the name and the value before it.

const HOST_NAME = /^[a-z0-9_]([a-z0-9_.-]{0,252}[a-z0-9])?\.?$/i;

/** unix(7): a path has at most 107 bytes, on some systems four less. */
const UNIX_SOCKET = /^unix:(?:\/\/)?\/[^\0]{1,102}$/;

const FLAGS: ReadonlyMap<string, boolean> = new Map([
  ["true", true],
  ["1", true],
  ["false", false],
  ["0", false],
]);

/** A TCP port. 0 lets the system pick a free one. */
export function port(defaultPort?: number): z.ZodType<number> {
  const expected = "expected a port, an integer from 1 to 65535 (0 picks a free one)";
  return withDefault(
    variable(expected, (text) => integer(text, 65_535)),
    defaultPort,
  );
}

/** An address or a name to bind or to reach, without a port. */
export function host(defaultHost?: string): z.ZodType<string> {
  const expected = "expected an IP address or a host name, without a port";
  const parse = (text: string): string | undefined => (HOST_NAME.test(text) || isIpv6(text) ? text : undefined);
  return withDefault(variable(expected, parse), defaultHost);
}

/** Where a server listens: an address or a name without a port, or `unix:` and the absolute path of a socket. */
export function listenHost(defaultHost?: string): z.ZodType<string> {
  const expected = "expected an IP address or a host name, without a port, or unix:/path of a socket";
  const parse = (text: string): string | undefined =>
    HOST_NAME.test(text) || isIpv6(text) || UNIX_SOCKET.test(text) ? text.replace(/^unix:\/\/\//, "unix:/") : undefined;
  return withDefault(variable(expected, parse), defaultHost);
}

/** A duration in milliseconds, from 0 to a day. */
export function durationMs(defaultMs?: number): z.ZodType<number> {
  const expected = "expected milliseconds, an integer from 0 to 86400000";
  return withDefault(
    variable(expected, (text) => integer(text, 86_400_000)),
    defaultMs,
  );
}

/** A whole number within bounds. */
export function count({ min, max }: { min: number; max: number }, defaultCount?: number): z.ZodType<number> {
  const parse = (text: string): number | undefined => {
    const value = integer(text, max);
    return value !== undefined && value >= min ? value : undefined;
  };
  return withDefault(variable(`expected an integer from ${min} to ${max}`, parse), defaultCount);
}

/** A boolean. */
export function flag(defaultFlag?: boolean): z.ZodType<boolean> {
  const parse = (text: string): boolean | undefined => FLAGS.get(text.toLowerCase());
  return withDefault(variable("expected true or false (1 or 0)", parse), defaultFlag);
}

/** One of the given words. */
export function choice<Word extends string>(words: readonly Word[], defaultWord?: Word): z.ZodType<Word> {
  const parse = (text: string): Word | undefined => words.find((word) => word === text);
  return withDefault(variable(`expected one of ${words.join(", ")}`, parse), defaultWord);
}

/** An absolute URL with one of `schemes`; the error shows `example`. */
export function url(schemes: readonly string[], example: string): z.ZodType<string> {
  const parse = (text: string): string | undefined =>
    URL.canParse(text) && schemes.includes(new URL(text).protocol.slice(0, -1)) ? text : undefined;
  return variable(`expected a URL such as ${example}`, parse);
}

/** Free text. */
export function text(defaultText?: string): z.ZodType<string> {
  return withDefault(
    variable("expected a text", (value) => value),
    defaultText,
  );
}

/** The same variable, which need not be set. */
export function optional<T>(schema: z.ZodType<T>): z.ZodType<T | undefined> {
  return schema.optional();
}

function isIpv6(text: string): boolean {
  return text.includes(":") && URL.canParse(`http://[${text}]/`);
}

function integer(text: string, max: number): number | undefined {
  return /^\d{1,9}$/.test(text) && Number(text) <= max ? Number(text) : undefined;
}

/** A variable that `parse` reads; for undefined the error is `expected`. */
export function variable<T>(expected: string, parse: (text: string) => T | undefined): z.ZodType<T> {
  return z.string({ error: expected }).transform((text, context) => {
    const value = parse(text);
    if (value !== undefined) return value;
    context.issues.push({ code: "custom", message: expected, input: text });
    return z.NEVER;
  });
}

function withDefault<T>(schema: z.ZodType<T>, value: T | undefined): z.ZodType<T> {
  // The cast excludes `undefined` only: T has no `undefined`, which zod's type of a default cannot know.
  return value === undefined ? schema : schema.default(value as z.core.util.NoUndefined<T>);
}
