/** An error response of the API. `code` is the code of AWS, so that clients treat it as they do on AWS. */
export class ApiError extends Error {
  override readonly name = "ApiError";
  readonly code: string;
  /** Status of the HTTP response. */
  readonly status: number;

  constructor(code: string, message: string, status = 400) {
    super(message);
    this.code = code;
    this.status = status;
  }
}
