/**
 * The proof of a reader by ticket, behind the id of each of its events: `<id>~<proof>`. An EventSource sends it back in `Last-Event-ID`, and
 * nothing else has it: it is in no URL, and `?after=` with one is refused. No id of an event has the sign.
 */

const SIGN = "~";

export function addProof(id: string, proof: string): string {
  return id + SIGN + proof;
}

/** The parts of the id of an event. Without a proof it is an id that a reader with another credential got. */
export function splitProof(text: string): { readonly id: string; readonly proof: string | undefined } {
  const at = text.indexOf(SIGN);
  return at < 0 ? { id: text, proof: undefined } : { id: text.slice(0, at), proof: text.slice(at + 1) };
}
