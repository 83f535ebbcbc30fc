/** A request to the gateway failed. The message says why, and where it is known what to do; `agent-team` prints it alone. */
export class GatewayError extends Error {
  override readonly name = "GatewayError";
  /** The HTTP status of the answer; `undefined` when there was none. */
  readonly status: number | undefined;

  constructor(message: string, status?: number, options?: ErrorOptions) {
    super(message, options);
    this.status = status;
  }

  /** Whether the same request may succeed later. */
  get isTransient(): boolean {
    return this.status === undefined || this.status === 429 || this.status >= 500;
  }
}
