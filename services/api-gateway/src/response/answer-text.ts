import type { ProcessConversationResponse } from "@agent-team/contracts";
import { RequestError } from "../request-error.ts";

/** The text of a turn while it arrives, without what the turn has withdrawn. */
export class AnswerText {
  #pieces: { readonly sequence: number; readonly text: string }[] = [];
  #text = "";
  #sent = "";

  get text(): string {
    return this.#text;
  }

  add({ message, sequence, event }: ProcessConversationResponse): void {
    if (event.case === "outputTruncated") {
      const { keepThroughSequence } = event.value;
      this.#pieces = this.#pieces.filter((piece) => piece.sequence <= keepThroughSequence);
      this.#text = this.#pieces.map(({ text }) => text).join("");
    }
    if (message === "") return;
    this.#pieces.push({ sequence, text: message });
    this.#text += message;
  }

  /**
   * The text that a client who cannot take text back has not got. After a withdrawal nothing, until the text that comes anew
   * goes beyond what was sent. `isWhole`: no further text comes.
   * @throws RequestError ANSWER_RESTARTED if the new text is another one
   */
  takeUnsent(isWhole: boolean): string {
    const isOther = this.#text.startsWith(this.#sent) ? false : isWhole || !this.#sent.startsWith(this.#text);
    if (isOther) throw new RequestError("ANSWER_RESTARTED", "the answer was begun anew; send the message again");
    const unsent = this.#text.slice(this.#sent.length);
    this.#sent += unsent;
    return unsent;
  }
}
