/** Sends the HTTP requests of workflows. */
export interface HttpSender {
  /**
   * Sends a request and reads the whole response, following redirects. Any status is a response.
   *
   * @throws NodeFailure ADDRESS_REFUSED, CONNECTION_FAILED, RESPONSE_TOO_LARGE, TOO_MANY_REDIRECTS, INVALID_CONFIGURATION;
   *   the signal's reason when it fires
   */
  send(request: HttpRequest, signal: AbortSignal): Promise<HttpResponse>;
}

export interface HttpRequest {
  readonly method: string;
  readonly url: URL;
  /** Headers that the engine sets: the type of the body, and the key by which a server recognises a repeat. Lower-case names. */
  readonly headers: Readonly<Record<string, string>>;
  /** Headers that the workflow sets; they win over the engine's. Any of them may be a credential for the first origin. */
  readonly ownHeaders: Readonly<Record<string, string>>;
  /** Whether a redirect to another origin keeps `ownHeaders`. */
  readonly forwardsOwnHeaders: boolean;
  readonly body: string | undefined;
  /** Throws a NodeFailure for a redirect that must not be followed. Default: each one is. */
  readonly mayFollow?: ((url: URL) => void) | undefined;
}

export interface HttpResponse {
  readonly status: number;
  /** By lower-case name; several values of one name are joined. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}
