import { RequestError } from "../request-error.ts";

const OFFERED = "text/event-stream";

/**
 * Checks that the caller accepts an event stream: `accept` is absent, names it, or covers it by `text/*` or `*`/`*`.
 * @throws RequestError 406
 */
export function requireEventStream(accept: string | undefined): void {
  if (accept === undefined || accept.split(",").some(covers)) return;
  throw new RequestError(
    "NOT_ACCEPTABLE",
    `this response is available as ${OFFERED} only, accept was ${accept.slice(0, 200)}`,
  );
}

function covers(range: string): boolean {
  const [type = "", ...parameters] = range.split(";").map((part) => part.trim().toLowerCase());
  const isRefused = parameters.some((parameter) => /^q=0(\.0*)?$/.test(parameter));
  return !isRefused && (type === OFFERED || type === "text/*" || type === "*/*");
}
