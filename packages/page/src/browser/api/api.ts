/**
 * Calls of the gateway's HTTP API, on the page's own origin. The credential goes into a header and never into a URL. A response 401
 * is reported to `onSignedOut` and fails the call. An answer that comes after the credential has changed is not given to the caller.
 */

import { toProblem } from "./problem.ts";

export interface ApiOptions {
  readonly fetch: (path: string, init: RequestInit) => Promise<Response>;
  /** The API key or access token; empty without one. */
  readonly credential: () => string;
  readonly onSignedOut: (detail: string) => void;
}

export interface CallInit {
  readonly method?: "GET" | "POST" | "PUT" | "DELETE" | undefined;
  readonly body?: object | undefined;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** The answer belongs to the person before: it came after a sign-out. */
export class StaleAnswerError extends Error {
  override readonly name = "StaleAnswerError";
}

export class Api {
  readonly #options: ApiOptions;

  constructor(options: ApiOptions) {
    this.#options = options;
  }

  /** @throws ProblemError when the status is no success, TypeError when no answer came, StaleAnswerError after a sign-out */
  async call(path: string, { method = "GET", body, headers, signal }: CallInit = {}): Promise<Response> {
    const credential = this.#options.credential();
    const response = await this.#options.fetch(path, {
      method,
      headers: {
        ...(body === undefined ? {} : { "content-type": "application/json" }),
        ...(credential === "" ? {} : { authorization: `Bearer ${credential}` }),
        ...headers,
      },
      cache: "no-store",
      credentials: "omit",
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      ...(signal === undefined ? {} : { signal }),
    });
    this.#checkCaller(credential);
    if (response.ok) return response;
    const problem = await toProblem(response);
    this.#checkCaller(credential);
    if (problem.status === 401)
      this.#options.onSignedOut(problem.reason === "CREDENTIAL_MISSING" ? "" : problem.message);
    throw problem;
  }

  /** As `call`; resolves to the JSON of the body. */
  async json<Json>(path: string, init?: CallInit): Promise<Json> {
    const credential = this.#options.credential();
    const response = await this.call(path, init);
    const body = (await response.json()) as Json;
    this.#checkCaller(credential);
    return body;
  }

  #checkCaller(credential: string): void {
    if (this.#options.credential() !== credential)
      throw new StaleAnswerError("The credential has changed since the request was sent. Try again.");
  }
}
