/** A JSON object whose first property is "reply", perhaps in a fence. */
const OPENING = /^\s*(?:```(?:json)?\s*)?\{\s*"reply"\s*:\s*"/;

const ESCAPES: Readonly<Record<string, string>> = { b: "\b", f: "\f", n: "\n", r: "\r", t: "\t" };

const LONE_HALF = /[\uD800-\uDBFF]$/;

/**
 * Reads the value of "reply" out of a JSON object while it arrives, so that a person reads the text as the model writes it.
 * Gives nothing for an object that begins otherwise.
 */
export class ReplyText {
  /** What has arrived and is not read yet. */
  #pending = "";
  /** The first half of a surrogate pair: a text without the second one could not be sent. */
  #half = "";
  #state: "before" | "inside" | "after" = "before";

  /** The further text of the reply; empty if this piece has none. */
  push(piece: string): string {
    if (this.#state === "after") return "";
    this.#pending += piece;
    if (this.#state === "before") {
      const opening = OPENING.exec(this.#pending);
      if (opening === null) return "";
      this.#pending = this.#pending.slice(opening[0].length);
      this.#state = "inside";
    }
    const text = this.#half + this.#read();
    this.#half = LONE_HALF.exec(text)?.[0] ?? "";
    return text.slice(0, text.length - this.#half.length);
  }

  #read(): string {
    let text = "";
    let at = 0;
    while (at < this.#pending.length && this.#state === "inside") {
      const taken = take(this.#pending, at);
      if (taken === undefined) break;
      if (taken.text === undefined) this.#state = "after";
      else text += taken.text;
      at = taken.end;
    }
    this.#pending = this.#pending.slice(at);
    return text;
  }
}

/** One character of a JSON string; its text is undefined at the closing quote. Undefined for an escape that is not whole yet. */
function take(json: string, at: number): { readonly text: string | undefined; readonly end: number } | undefined {
  const character = json[at] ?? "";
  if (character === '"') return { text: undefined, end: at + 1 };
  if (character !== "\\") return { text: character, end: at + 1 };
  const name = json[at + 1];
  if (name === undefined) return undefined;
  if (name !== "u") return { text: ESCAPES[name] ?? name, end: at + 2 };
  if (json.length < at + 6) return undefined;
  return { text: String.fromCharCode(Number.parseInt(json.slice(at + 2, at + 6), 16)), end: at + 6 };
}
