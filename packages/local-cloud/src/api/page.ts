import { ApiError } from "./api-error.ts";

/** A part of a list, with the token of the next page. */
export interface Page<T> {
  readonly items: readonly T[];
  readonly nextToken: string | undefined;
}

/** The token is the index of the next item, encoded so that clients treat it as opaque. `refusal`: error code for a wrong token. */
export function pageOf<T>(all: readonly T[], size: number, token: string | undefined, refusal: string): Page<T> {
  const start = token === undefined ? 0 : readToken(token, refusal);
  const end = start + size;
  return { items: all.slice(start, end), nextToken: end < all.length ? writeToken(end) : undefined };
}

function writeToken(place: number): string {
  return Buffer.from(`place ${place}`).toString("base64url");
}

function readToken(token: string, refusal: string): number {
  const place = /^place (\d{1,9})$/.exec(Buffer.from(token, "base64url").toString())?.[1];
  if (place === undefined) throw new ApiError(refusal, "expected the token of an earlier response");
  return Number(place);
}
