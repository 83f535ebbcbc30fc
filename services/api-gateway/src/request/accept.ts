import { RequestError } from "../request-error.ts";

const offered = "text/event-stream";

/**
 * Checks that a caller can take an event stream: `accept` is absent, names it, or covers it by `text/*` or `*`/`*`.
 * @throws RequestError 406 that says what is offered
 */
export function requireEventStream(accept: string | undefined): void {
  if (accept === undefined || accept.split(",").some(covers)) return;
  throw new RequestError(
    "NOT_ACCEPTABLE",
    `this answer is offered as ${offered} only, accept was ${accept.slice(0, 200)}`,
  );
}

function covers(range: string): boolean {
  const [type = "", ...parameters] = range.split(";").map((part) => part.trim().toLowerCase());
  const isRefused = parameters.some((parameter) => /^q=0(\.0*)?$/.test(parameter));
  return !isRefused && (type === offered || type === "text/*" || type === "*/*");
}
