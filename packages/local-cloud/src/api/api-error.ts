/** What AWS would refuse: `code` is AWS's own, so that clients treat it as they do there. */
export class ApiError extends Error {
  override readonly name = "ApiError";
  readonly code: string;
  /** Of the HTTP answer. */
  readonly status: number;

  constructor(code: string, message: string, status = 400) {
    super(message);
    this.code = code;
    this.status = status;
  }
}
