/**
 * Something the person who started the local cloud can do something about: the message says what was wanted, what
 * stood in the way and what to do. Shown without a stack; every other error is a bug and keeps its own.
 */
export class LocalCloudError extends Error {
  override readonly name: string = "LocalCloudError";
}

/** Another program listens where a part of the cloud wants to. */
export class AddressTakenError extends LocalCloudError {
  override readonly name: string = "AddressTakenError";
}
