import { describe, expect, onTestFinished, test } from "vitest";
import { isJournalError, type JournalErrorCode } from "./errors.ts";
import { type Journal, type ListOptions, MAX_PAGE_BYTES, MAX_VALUE_BYTES } from "./journal.ts";

/** Tests of every journal. `open` returns an empty one that is closed at the end of the test. */
export function describeJournal(name: string, open: () => Promise<Journal>): void {
  describe(name, () => {
    describeDocuments(open);
    describeIndexes(open);
    describeQuotas(open);
    describeEnds(open);
  });
}

function describeDocuments(open: () => Promise<Journal>): void {
  test("get returns the bytes that were put, and their version", async () => {
    const journal = await open();
    const value = Uint8Array.from({ length: 256 }, (_, byte) => byte);

    expect(await journal.put("a", value)).toBe(1);
    expect(await journal.get("a")).toEqual({ value, version: 1 });
    expect(await journal.put("a", new Uint8Array())).toBe(2);
    expect(await journal.get("a")).toEqual({ value: new Uint8Array(), version: 2 });
  });

  test("a document that was never put is undefined", async () => {
    const journal = await open();

    expect(await journal.get("nothing")).toBeUndefined();
    expect(await journal.delete("nothing")).toBe(false);
  });

  test("a document keeps its bytes when its writer changes the array afterwards", async () => {
    const journal = await open();
    const value = bytes("first");

    await journal.put("a", value);
    value.fill(0);

    expect(await textOf(journal, "a")).toBe("first");
  });

  test("a put at another version than the present one changes nothing", async () => {
    const journal = await open();
    await expectCode(journal.put("a", bytes("?"), { expectedVersion: 1 }), "version-conflict");
    await journal.put("a", bytes("one"), { expectedVersion: 0 });

    await expectCode(journal.put("a", bytes("other"), { expectedVersion: 0 }), "version-conflict");
    expect(await textOf(journal, "a")).toBe("one");
    expect(await journal.put("a", bytes("two"), { expectedVersion: 1 })).toBe(2);
  });

  test("of many writers that expect the same version exactly one wins", async () => {
    const journal = await open();
    const writers = Array.from({ length: 50 }, (_, writer) =>
      journal.put("a", bytes(String(writer)), { expectedVersion: 0 }),
    );
    const results = await Promise.allSettled(writers);

    expect(results.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
    expect((await journal.get("a"))?.version).toBe(1);
  });

  test("a deleted document is gone, and one under its key begins at version 1", async () => {
    const journal = await open();
    await journal.put("a", bytes("old"), { indexes: ["i"] });

    await expectCode(journal.delete("a", { expectedVersion: 7 }), "version-conflict");
    expect(await journal.delete("a", { expectedVersion: 1 })).toBe(true);
    expect(await journal.get("a")).toBeUndefined();
    expect(await keysOf(journal, "i")).toEqual([]);
    expect(await journal.put("a", bytes("new"), { expectedVersion: 0 })).toBe(1);
  });

  test("a value at the limit is kept, one above it is refused", async () => {
    const journal = await open();

    await journal.put("large", new Uint8Array(MAX_VALUE_BYTES).fill(7));
    await expectCode(journal.put("larger", new Uint8Array(MAX_VALUE_BYTES + 1)), "too-large");

    expect((await journal.get("large"))?.value.byteLength).toBe(MAX_VALUE_BYTES);
    expect(await journal.get("larger")).toBeUndefined();
  });
}

function describeIndexes(open: () => Promise<Journal>): void {
  test("an index lists its documents, the last put first", async () => {
    const journal = await open();
    for (const key of ["a", "b", "c"]) await journal.put(key, bytes(key), { indexes: ["i"] });
    await journal.put("elsewhere", bytes(""), { indexes: ["j"] });
    await journal.put("a", bytes("again"), { indexes: ["i"] });

    const { documents } = await journal.list("i", { limit: 10 });

    expect(documents.map(({ key, version }) => [key, version])).toEqual([
      ["a", 2],
      ["c", 1],
      ["b", 1],
    ]);
    expect(text(documents[0]?.value)).toBe("again");
    expect(await keysOf(journal, "unknown")).toEqual([]);
  });

  test("a put without indexes leaves the document at its position", async () => {
    const journal = await open();
    for (const key of ["a", "b"]) await journal.put(key, bytes(key), { indexes: ["i", "i", "j"] });
    await journal.put("a", bytes("changed"));

    expect(await keysOf(journal, "i")).toEqual(["b", "a"]);
    expect(await textOf(journal, "a")).toBe("changed");
  });

  test("a put that names other indexes takes the document out of the old ones", async () => {
    const journal = await open();
    await journal.put("a", bytes("a"), { indexes: ["i", "j"] });
    await journal.put("a", bytes("a"), { indexes: ["j", "k"] });

    expect(await Promise.all(["i", "j", "k"].map((index) => keysOf(journal, index)))).toEqual([[], ["a"], ["a"]]);
  });

  test("pages have no gap and no repeat, also while documents move to the front", async () => {
    const journal = await open();
    for (const key of ["a", "b", "c", "d", "e"]) await journal.put(key, bytes(key), { indexes: ["i"] });

    const first = await journal.list("i", { limit: 2 });
    await journal.put("d", bytes("moved"), { indexes: ["i"] }); // it is the cursor's own document
    await journal.delete("c");
    const second = await journal.list("i", { limit: 2, after: first.next });

    expect(first.documents.map(({ key }) => key)).toEqual(["e", "d"]);
    expect(second.documents.map(({ key }) => key)).toEqual(["b", "a"]);
    expect(second.next).toBeUndefined();
  });

  test("a page ends at its bytes, and a larger document has a page of its own", async () => {
    const journal = await open();
    for (const key of ["a", "b", "c"]) await journal.put(key, new Uint8Array(MAX_PAGE_BYTES * 0.4), { indexes: ["i"] });
    await journal.put("large", new Uint8Array(MAX_PAGE_BYTES * 2), { indexes: ["i"] });

    const pages: string[][] = [];
    let after: string | undefined;
    do {
      const page = await journal.list("i", { limit: 10, after } satisfies ListOptions);
      pages.push(page.documents.map(({ key }) => key));
      after = page.next;
    } while (after !== undefined);

    expect(pages).toEqual([["large"], ["c", "b"], ["a"]]);
  });

  test("a cursor that no page gave is refused", async () => {
    const journal = await open();

    await expectCode(journal.list("i", { limit: 1, after: "garbled" }), "bad-cursor");
  });
}

function describeQuotas(open: () => Promise<Journal>): void {
  const quota = { index: "of ada", maxDocuments: 2, maxBytes: 10 };
  const indexes = ["of ada", "all"];
  const putHers = (journal: Journal, key: string, value: string): Promise<number> =>
    journal.put(key, bytes(value), { indexes, quota });

  test("an index takes as many documents as its quota, and documents of other indexes are not counted", async () => {
    const journal = await open();
    await journal.put("his", bytes("1234567890"), { indexes: ["of bob", "all"] });
    await putHers(journal, "a", "1");
    await putHers(journal, "b", "2");

    await expectCode(putHers(journal, "c", "3"), "over-quota");
    expect(await journal.get("c")).toBeUndefined();
    expect(await putHers(journal, "b", "again")).toBe(2);
    expect(await keysOf(journal, "of ada")).toEqual(["b", "a"]);
  });

  test("an index takes as many bytes as its quota, and always a smaller value", async () => {
    const journal = await open();
    await putHers(journal, "a", "12345");
    await putHers(journal, "b", "12345");

    await expectCode(putHers(journal, "b", "123456"), "over-quota");
    expect(await textOf(journal, "b")).toBe("12345");
    expect(await putHers(journal, "b", "1234")).toBe(2);
    expect(await putHers(journal, "a", "123456")).toBe(2);
  });

  test("deletes, moves to other indexes and changes without a quota change the count", async () => {
    const journal = await open();
    await putHers(journal, "a", "12345");
    await putHers(journal, "b", "12345");
    await journal.put("a", bytes("123456789")); // 14 bytes now: more than the quota, which this put did not name
    await expectCode(putHers(journal, "b", "123456"), "over-quota");

    await journal.put("a", bytes("1"), { indexes: ["elsewhere"] });
    expect(await putHers(journal, "b", "1234567")).toBe(2);
    await journal.delete("b");
    expect(await putHers(journal, "c", "1234567890")).toBe(1);
    await expectCode(putHers(journal, "d", "1"), "over-quota");
    await journal.delete("c");
    expect(await putHers(journal, "d", "1234567890")).toBe(1);
  });

  test("of many writers at once no more pass than the quota allows", async () => {
    const journal = await open();
    const puts = Array.from({ length: 40 }, (_, at) => putHers(journal, `k${at}`, "1"));
    const results = await Promise.allSettled(puts);

    expect(results.filter(({ status }) => status === "fulfilled")).toHaveLength(2);
    expect(await keysOf(journal, "of ada")).toHaveLength(2);
  });
}

function describeEnds(open: () => Promise<Journal>): void {
  test("a closed journal refuses, and may be closed again", async () => {
    const journal = await open();
    await journal.close();
    await journal.close();

    expect(journal.isReady).toBe(false);
    await expectCode(journal.get("a"), "closed");
    await expectCode(journal.put("a", bytes("")), "closed");
    await expectCode(journal.delete("a"), "closed");
    await expectCode(journal.list("i", { limit: 1 }), "closed");
  });

  test("a hundred requests at once each get their own answer", async () => {
    const journal = await open();
    const keys = Array.from({ length: 100 }, (_, at) => `key-${at}`);
    onTestFinished(() => journal.close());

    await Promise.all(keys.map((key) => journal.put(key, bytes(key))));
    expect(await Promise.all(keys.map((key) => textOf(journal, key)))).toEqual(keys);
  });
}

export function bytes(value: string): Uint8Array {
  return new TextEncoder().encode(value);
}

export async function expectCode(promise: Promise<unknown>, code: JournalErrorCode): Promise<void> {
  const outcome = await promise.then(
    () => "no error",
    (error: unknown) => (isJournalError(error) ? error.code : error),
  );
  expect(outcome).toBe(code);
}

async function textOf(journal: Journal, key: string): Promise<string> {
  return text((await journal.get(key))?.value);
}

function text(value: Uint8Array | undefined): string {
  return new TextDecoder().decode(value);
}

async function keysOf(journal: Journal, index: string): Promise<readonly string[]> {
  return (await journal.list(index, { limit: 100 })).documents.map(({ key }) => key);
}
