import type { Program } from "../program.ts";

/** What a message does to the draft. */
export type Edited =
  /** `says`: one sentence for the person. */
  | { readonly kind: "changed"; readonly program: Program; readonly says: string }
  /** The words `from` of the request are now `to`: the request has to be read again. */
  | { readonly kind: "substituted"; readonly from: string; readonly to: string; readonly says: string }
  /** It is a change, and it cannot be made; `why` says what to do instead. */
  | { readonly kind: "refused"; readonly why: string };

/** Reads a message as one change of the draft; `undefined` if it is not this kind of change. */
export type Editor = (text: string, program: Program) => Edited | undefined;

export function changed(program: Program, says: string): Edited {
  return { kind: "changed", program, says };
}

export function refused(why: string): Edited {
  return { kind: "refused", why };
}
