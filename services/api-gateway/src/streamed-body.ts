/** A body that is written as it comes, such as an event stream. */
export interface StreamedBody {
  /**
   * The next part; undefined at the end. It is asked for when the one before has left, so a slow reader holds back the source. A rejection
   * breaks the connection, so that the reader knows that something is missing.
   */
  next(): Promise<string | Uint8Array | undefined>;
  /**
   * The reader has not taken the last part for seconds. The body lets go of what is held for it elsewhere, and `next` goes on behind that
   * part. May come more than once. A body that cannot do that holds on.
   */
  rest(): void;
  /** The reader has left. Also called when `next` has said the end, or has failed. */
  leave(): void;
}
