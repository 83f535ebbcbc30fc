import fc from "fast-check";
import { expect, test } from "vitest";
import { FairPermits } from "./fair-permits.ts";

interface Work {
  began: boolean;
  end(): void;
  readonly done: Promise<void>;
}

/** Work that ends when `end` is called. */
function work(permits: FairPermits, owner: string, signal?: AbortSignal): Work {
  const ended = Promise.withResolvers<void>();
  const begin = (): Promise<void> => {
    started.began = true;
    return ended.promise;
  };
  const started: Work = {
    began: false,
    end: ended.resolve,
    done: Promise.resolve().then(() => permits.run({ owner, lane: "" }, begin, signal)),
  };
  return started;
}

const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
const begun = (works: readonly { began: boolean }[]): number => works.filter(({ began }) => began).length;

test("one owner takes half of the permits, and further owners get one at once", async () => {
  const permits = new FairPermits(64);
  const greedy = Array.from({ length: 256 }, () => work(permits, "greedy"));
  const others = ["ada", "bob", "cai"].map((owner) => work(permits, owner));
  await settled();

  expect(begun(greedy)).toBe(32);
  expect(begun(others)).toBe(3);
});

test("of two permits one owner takes one", async () => {
  const permits = new FairPermits(2);
  const greedy = [work(permits, "greedy"), work(permits, "greedy")];
  const ada = work(permits, "ada");
  await settled();

  expect(begun(greedy)).toBe(1);
  expect(ada.began).toBe(true);
});

test("waiting owners take turns, and so do the runs of each owner", async () => {
  const permits = new FairPermits(1);
  const order: string[] = [];
  const first = work(permits, "first");
  await settled();
  const names = ["ada 1", "ada 1 again", "ada 2", "ada 3", "bob 1", "cai 1"];
  const all = names.map((name) =>
    permits.run({ owner: name.slice(0, 3), lane: name.slice(0, 5) }, async () => {
      order.push(name);
    }),
  );
  first.end();
  await Promise.all([first.done, ...all]);

  expect(order).toEqual(["ada 1", "bob 1", "cai 1", "ada 2", "ada 3", "ada 1 again"]);
});

test("work that is dropped while it waits never begins and takes no permit", async () => {
  const permits = new FairPermits(1);
  const first = work(permits, "ada");
  const abort = new AbortController();
  const dropped = work(permits, "bob", abort.signal);
  const last = work(permits, "bob");
  abort.abort(new Error("enough"));

  await expect(dropped.done).rejects.toThrow("enough");
  first.end();
  await settled();
  expect([dropped.began, last.began]).toEqual([false, true]);
});

test("work that fails returns its permit", async () => {
  const permits = new FairPermits(1);
  await expect(permits.run({ owner: "ada", lane: "" }, () => Promise.reject(new Error("no")))).rejects.toThrow("no");
  expect(await permits.run({ owner: "ada", lane: "" }, async () => 7)).toBe(7);
});

test("for any sequence of owners, no more work runs at once than there are permits, and all of it runs", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 5 }),
      fc.array(fc.constantFrom("a", "b", "c")),
      async (count, owners) => {
        const permits = new FairPermits(count);
        let running = 0;
        let most = 0;
        const all = owners.map((owner) =>
          permits.run({ owner, lane: "" }, async () => {
            most = Math.max(most, ++running);
            await settled();
            running--;
          }),
        );
        await Promise.all(all);
        expect(most).toBeLessThanOrEqual(count);
        expect(running).toBe(0);
      },
    ),
    { numRuns: 50 },
  );
});
