import { describe, expect, onTestFinished, test, vi } from "vitest";
import { isJournalError, type JournalErrorCode } from "./errors.ts";
import { type Journal, type ListOptions, MAX_PAGE_BYTES, MAX_VALUE_BYTES } from "./journal.ts";

/** Tests of every journal. `open` returns an empty one that is closed at the end of the test. */
export function describeJournal(name: string, open: () => Promise<Journal>): void {
  describe(name, () => {
    describeDocuments(open);
    describeIndexes(open);
    describeQuotas(open);
    describeLogs(open);
    describeDueTimes(open);
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

function describeLogs(open: () => Promise<Journal>): void {
  test("records are read in the order in which they were appended, and the document keeps its value", async () => {
    const journal = await open();
    await journal.put("a", bytes("head"), { indexes: ["i"] });

    expect(await journal.append("a", [bytes("1"), new Uint8Array(), bytes("3")], { expectedVersion: 1 })).toBe(2);
    expect(await journal.append("a", [bytes("4")], { expectedVersion: 2 })).toBe(3);

    const page = await journal.read("a");
    expect(page?.records.map(text)).toEqual(["1", "", "3", "4"]);
    expect(page).toMatchObject({ next: 4, isLast: true, version: 3 });
    expect((await journal.read("a", { after: 3 }))?.records.map(text)).toEqual(["4"]);
    expect(await journal.read("a", { after: 4 })).toMatchObject({ records: [], next: 4, isLast: true });
    expect(await journal.get("a")).toEqual({ value: bytes("head"), version: 3 });
    expect(await keysOf(journal, "i")).toEqual(["a"]);
  });

  test("a document without records has an empty log, and an unknown one has none", async () => {
    const journal = await open();
    await journal.put("a", bytes("head"));

    expect(await journal.read("a")).toEqual({ records: [], next: 0, isLast: true, version: 1 });
    expect(await journal.read("nothing")).toBeUndefined();
    await expectCode(journal.append("nothing", [bytes("1")], { expectedVersion: 0 }), "version-conflict");
    await expectCode(journal.append("nothing", [bytes("1")], { expectedVersion: 1 }), "version-conflict");
  });

  test("an append at another version than the present one changes nothing", async () => {
    const journal = await open();
    await journal.put("a", bytes("head"));
    await journal.append("a", [bytes("1")], { expectedVersion: 1 });

    await expectCode(
      journal.append("a", [bytes("late")], { expectedVersion: 1, value: bytes("?") }),
      "version-conflict",
    );

    expect((await journal.read("a"))?.records.map(text)).toEqual(["1"]);
    expect(await textOf(journal, "a")).toBe("head");
  });

  test("of many writers that append at the same version exactly one wins", async () => {
    const journal = await open();
    await journal.put("a", bytes("head"));
    const appends = Array.from({ length: 50 }, (_, at) =>
      journal.append("a", [bytes(`${at}`)], { expectedVersion: 1 }),
    );
    const results = await Promise.allSettled(appends);

    expect(results.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
    expect((await journal.read("a"))?.records).toHaveLength(1);
  });

  test("an append may replace the value in the same step", async () => {
    const journal = await open();
    await journal.put("a", bytes("head"));
    await journal.append("a", [bytes("1")], { expectedVersion: 1, value: bytes("changed") });

    expect(await textOf(journal, "a")).toBe("changed");
    expect((await journal.read("a"))?.records.map(text)).toEqual(["1"]);
  });

  test("a put begins the document anew, and a deletion removes the log", async () => {
    const journal = await open();
    await journal.put("a", bytes("head"));
    await journal.append("a", [bytes("1")], { expectedVersion: 1 });

    expect(await journal.put("a", bytes("anew"), { expectedVersion: 2 })).toBe(3);
    expect((await journal.read("a"))?.records).toEqual([]);
    await journal.append("a", [bytes("2")], { expectedVersion: 3 });
    await journal.delete("a");
    await journal.put("a", bytes("again"));
    expect((await journal.read("a"))?.records).toEqual([]);
  });

  test("a page of records ends at its bytes, and a larger record has a page of its own", async () => {
    const journal = await open();
    await journal.put("a", bytes("head"));
    const part = new Uint8Array(MAX_PAGE_BYTES * 0.4);
    const large = new Uint8Array(MAX_PAGE_BYTES * 2);
    await journal.append("a", [part, part, part, large, ...Array.from({ length: 40 }, () => bytes("s"))], {
      expectedVersion: 1,
    });

    const pages: number[] = [];
    let after = 0;
    for (let isLast = false; !isLast; ) {
      const page = await journal.read("a", { after });
      pages.push(page?.records.length ?? 0);
      after = page?.next ?? 0;
      isLast = page?.isLast ?? true;
    }

    expect(pages).toEqual([2, 1, 1, 40]);
  });

  test("records at the limit are kept, those above it are refused", async () => {
    const journal = await open();
    await journal.put("a", bytes("head"));
    const half = new Uint8Array(MAX_VALUE_BYTES / 2);

    await journal.append("a", [half], { expectedVersion: 1, value: half });
    await expectCode(journal.append("a", [half, half, bytes("1")], { expectedVersion: 2 }), "too-large");
    await expectCode(journal.append("a", [half, bytes("1")], { expectedVersion: 2, value: half }), "too-large");

    expect(await journal.read("a")).toMatchObject({ next: 1, version: 2 });
  });

  test("records count in the quota of an index, until they are removed", async () => {
    const journal = await open();
    const quota = { index: "of ada", maxDocuments: 9, maxBytes: 10 };
    const indexes = ["of ada"];
    await journal.put("a", bytes("1"), { indexes });
    await journal.append("a", [bytes("12345678")], { expectedVersion: 1, value: bytes("12") });

    await expectCode(journal.put("b", bytes("1"), { indexes, quota }), "over-quota");
    await journal.put("a", bytes("1"), { indexes });
    expect(await journal.put("b", bytes("123456789"), { indexes, quota })).toBe(1);
    await expectCode(journal.put("c", bytes("1"), { indexes, quota }), "over-quota");
    await journal.delete("b");
    await journal.append("a", [bytes("12345678")], { expectedVersion: 3 });
    await expectCode(journal.put("c", bytes("12"), { indexes, quota }), "over-quota");
    await journal.delete("a");
    expect(await journal.put("c", bytes("1234567890"), { indexes, quota })).toBe(1);
  });
}

function describeDueTimes(open: () => Promise<Journal>): void {
  const LONG_MS = 3_600_000;
  const all = { limit: 10, leaseMs: LONG_MS };

  test("keys that are due are claimed, each by one caller", async () => {
    const journal = await open();
    await journal.schedule("q", ["a", "b"], 0);
    await journal.schedule("q", ["later"], LONG_MS);
    await journal.schedule("other", ["c"], 0);

    const claims = await Promise.all([journal.claimDue("q", all), journal.claimDue("q", all)]);

    expect(claims.flat().sort()).toEqual(["a", "b"]);
    expect(await journal.claimDue("q", all)).toEqual([]);
    expect(await journal.claimDue("other", all)).toEqual(["c"]);
    expect(await journal.claimDue("unknown", all)).toEqual([]);
  });

  test("a claim takes no more keys than its limit", async () => {
    const journal = await open();
    await journal.schedule("q", ["a", "b", "c"], 0);

    expect(await journal.claimDue("q", { ...all, limit: 2 })).toHaveLength(2);
    expect(await journal.claimDue("q", { ...all, limit: 2 })).toHaveLength(1);
  });

  test("a key is due again when its lease ends, and the longest due key comes first", async () => {
    const journal = await open();
    await journal.schedule("q", ["a"], 0);
    await journal.claimDue("q", { ...all, leaseMs: 20 });
    await journal.schedule("q", ["b"], 0);

    await vi.waitUntil(async () => (await journal.claimDue("q", { limit: 1, leaseMs: LONG_MS }))[0] === "b");
    await vi.waitUntil(async () => (await journal.claimDue("q", all))[0] === "a");
  });

  test("a key that is scheduled again has its last moment", async () => {
    const journal = await open();
    await journal.schedule("q", ["a", "b"], 0);
    await journal.schedule("q", ["a"], LONG_MS);
    expect(await journal.claimDue("q", all)).toEqual(["b"]);

    await journal.schedule("q", ["a"], 0);
    expect(await journal.claimDue("q", all)).toEqual(["a"]);
  });

  test("a key that is scheduled only if it is missing keeps the moment that it has", async () => {
    const journal = await open();
    await journal.schedule("q", ["a"], LONG_MS);
    await journal.schedule("q", ["a", "b"], 0, { onlyMissing: true });

    expect(await journal.claimDue("q", all)).toEqual(["b"]);
  });

  test("a key that was taken out is not due", async () => {
    const journal = await open();
    await journal.schedule("q", ["a", "b"], 0);
    await journal.unschedule("q", ["a", "unknown"]);
    await journal.unschedule("unknown", ["a"]);

    expect(await journal.claimDue("q", all)).toEqual(["b"]);
    await journal.schedule("q", [], 0);
    await journal.unschedule("q", []);
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
    await expectCode(journal.append("a", [bytes("")], { expectedVersion: 1 }), "closed");
    await expectCode(journal.read("a"), "closed");
    await expectCode(journal.schedule("q", ["a"], 1), "closed");
    await expectCode(journal.unschedule("q", ["a"]), "closed");
    await expectCode(journal.claimDue("q", { limit: 1, leaseMs: 1 }), "closed");
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
