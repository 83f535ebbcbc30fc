import type { Journal, ListedDocument } from "@agent-team/journal";

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

const defaultPageSize = 50;
const maxPageSize = 200;

/** A page also ends here, so that no answer comes near the largest gRPC message. */
const maxPageBytes = 1024 * 1024;

/** Documents that one call looks through for a filter; then it answers a short page, and the caller may go on. */
const maxScanned = 1000;

/** One page of an index: what `pick` makes of its documents, without those it makes `undefined` of. */
export async function readPage<T>(
  journal: Journal,
  index: string,
  { pageSize, pageToken }: PageRequest,
  pick: (document: ListedDocument) => T | undefined,
): Promise<PageOf<T>> {
  const size = Math.min(pageSize === 0 ? defaultPageSize : pageSize, maxPageSize);
  const items: T[] = [];
  let after = pageToken === "" ? undefined : pageToken;
  let scanned = 0;
  let bytes = 0;
  do {
    const page = await journal.list(index, { limit: size - items.length, after });
    for (const document of page.documents) {
      const item = pick(document);
      if (item !== undefined) items.push(item);
      bytes += document.value.byteLength;
    }
    scanned += page.documents.length;
    after = page.next;
  } while (after !== undefined && items.length < size && bytes < maxPageBytes && scanned < maxScanned);
  return { items, nextPageToken: after ?? "" };
}
