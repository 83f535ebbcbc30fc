/** The command line was wrong: one line that names the flag, what was given and what is expected. */
export class FlagError extends Error {
  override readonly name = "FlagError";
}
