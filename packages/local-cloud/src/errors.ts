/**
 * An error that the user of the local cloud can correct. The message names the operation, what prevented it and the remedy.
 * Commands print it without a stack; any other error is a bug and keeps its stack.
 */
export class LocalCloudError extends Error {
  override readonly name: string = "LocalCloudError";
}

/** Another program listens on an address that the cloud needs. */
export class AddressTakenError extends LocalCloudError {
  override readonly name: string = "AddressTakenError";
}
