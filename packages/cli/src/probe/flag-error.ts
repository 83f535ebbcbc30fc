/** A wrong command line. The message is one line with the flag, its value and what is expected. */
export class FlagError extends Error {
  override readonly name = "FlagError";
}
