/** A stream that can be left for a while. */
export interface RestingIterator<Message> extends AsyncIterator<Message> {
  /** Between two reads: lets go of its call. The next read goes on behind the last message. */
  rest?(): void;
}
