import type { Journal, ListedDocument, UnreadableDocuments } from "@agent-team/journal";

export interface PageRequest {
  /** 0 means 50, the cap is 200. */
  readonly pageSize: number;
  /** `nextPageToken` of the page before; empty for the first. */
  readonly pageToken: string;
}

export interface PageOf<T> {
  readonly items: readonly T[];
  /** Empty on the last page. */
  readonly nextPageToken: string;
}

const DEFAULT_PAGE_SIZE = 50;
export const MAX_PAGE_SIZE = 200;

/** A page ends here, too, so that no answer comes near the largest gRPC message. */
const MAX_PAGE_BYTES = 1024 * 1024;

/** Documents that one call reads for a filter. Then it answers a short page, and the caller may ask for the next. */
const MAX_SCANNED = 1000;

/** An index, and what its documents become. */
export interface List<T> {
  readonly journal: Journal;
  readonly index: string;
  readonly unreadable: UnreadableDocuments;
  /** `undefined` omits the document. An error reports it as unreadable, and omits it. */
  readonly pick: (document: ListedDocument) => T | undefined;
}

/** One page of a list. */
export async function readPage<T>(list: List<T>, { pageSize, pageToken }: PageRequest): Promise<PageOf<T>> {
  const { journal, index } = list;
  const size = Math.min(pageSize === 0 ? DEFAULT_PAGE_SIZE : pageSize, MAX_PAGE_SIZE);
  const items: T[] = [];
  let after = pageToken === "" ? undefined : pageToken;
  let scanned = 0;
  let bytes = 0;
  do {
    const page = await journal.list(index, { limit: size - items.length, after });
    for (const document of page.documents) {
      const item = picked(document, list);
      if (item !== undefined) items.push(item);
      bytes += document.value.byteLength;
    }
    scanned += page.documents.length;
    after = page.next;
  } while (after !== undefined && items.length < size && bytes < MAX_PAGE_BYTES && scanned < MAX_SCANNED);
  return { items, nextPageToken: after ?? "" };
}

function picked<T>(document: ListedDocument, { pick, unreadable }: List<T>): T | undefined {
  try {
    return pick(document);
  } catch {
    unreadable.report(document.key);
    return undefined;
  }
}
