import type { JournalErrorCode } from "../errors.ts";
import type { DeleteOptions, ListedDocument, ListOptions, PutOptions } from "../journal.ts";

// What travels in the frames' headers. `id` pairs an answer with its request: requests are pipelined on one
// connection, and answers come in the order in which the store finished them.

export type Request = { readonly id: number } & (
  | { readonly op: "get"; readonly key: string }
  /** The value is the frame's body. */
  | { readonly op: "put"; readonly key: string; readonly options: PutOptions }
  | { readonly op: "delete"; readonly key: string; readonly options: DeleteOptions }
  | { readonly op: "list"; readonly index: string; readonly options: ListOptions }
);

export type Operation = Request extends infer R ? (R extends Request ? Omit<R, "id"> : never) : never;

export type Result =
  | { readonly kind: "version"; readonly version: number }
  | { readonly kind: "deleted"; readonly deleted: boolean }
  /** Of `get`: none or one. The values stand one after the other in the frame's body. */
  | { readonly kind: "documents"; readonly documents: readonly DocumentHeader[]; readonly next?: string | undefined }
  | { readonly kind: "error"; readonly code: JournalErrorCode; readonly message: string };

export type Answer = { readonly id: number } & Result;

export interface DocumentHeader {
  readonly key: string;
  readonly version: number;
  readonly bytes: number;
}

/** Takes a body apart again. */
export function readDocuments(headers: readonly DocumentHeader[], body: Uint8Array): readonly ListedDocument[] {
  let offset = 0;
  return headers.map(({ key, version, bytes }) => {
    // A copy, so that one small document does not keep the whole page's memory.
    const value = Uint8Array.from(body.subarray(offset, offset + bytes));
    offset += bytes;
    return { key, version, value };
  });
}
