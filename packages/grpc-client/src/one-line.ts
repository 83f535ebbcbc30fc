/**
 * Text from outside (a peer, an SDK, a variable) as part of an error message: on one line, and cut to a length that a log
 * line can take. A GOAWAY, for example, may carry 16 KiB of debug data.
 */

const MAX_CHARS = 220;

/** For prose: white space and control characters become single spaces. */
export function oneLine(text: string): string {
  return cut(text.replace(/[\s\p{Cc}]+/gu, " ").trim());
}

/** For values: line breaks, control characters and quotes are escaped as in JSON, so that the reader sees what was set. */
export function escaped(value: string): string {
  return cut(JSON.stringify(value).slice(1, -1));
}

function cut(line: string): string {
  return line.length <= MAX_CHARS ? line : `${line.slice(0, MAX_CHARS)}…`;
}
