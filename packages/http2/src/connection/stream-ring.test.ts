import fc from "fast-check";
import { expect, test } from "vitest";
import { type Identified, StreamRing } from "./stream-ring.ts";

const ids = (ring: StreamRing<Identified>): number[] => ring.all().map(({ id }) => id);

test("streams are found by their ids until they are taken out", () => {
  const ring = new StreamRing<Identified>();
  const [first, second] = [{ id: 1 }, { id: 3 }];
  ring.add(first);
  ring.add(second);
  expect([ring.get(1), ring.get(3), ring.get(33), ring.size]).toEqual([first, second, undefined, 2]);
  ring.delete(first);
  ring.delete(first);
  expect([ring.get(1), ring.size, ids(ring)]).toEqual([undefined, 1, [3]]);
});

test("one stream that lives long does not make the ring grow with each id", () => {
  const ring = new StreamRing<Identified>();
  const watch = { id: 1 };
  ring.add(watch);
  for (let id = 3; id < 200_001; id += 2) {
    const stream = { id };
    ring.add(stream);
    ring.delete(stream);
  }
  expect(ring.get(1)).toBe(watch);
  expect(ring.slots).toBe(16);
});

test("it holds what a Map holds, whatever comes and goes", () => {
  fc.assert(
    fc.property(fc.array(fc.nat(200), { maxLength: 300 }), (steps) => {
      const ring = new StreamRing<Identified>();
      const map = new Map<number, Identified>();
      let next = 1;
      for (const step of steps) {
        const victim = [...map.values()][step];
        if (victim !== undefined) {
          ring.delete(victim);
          map.delete(victim.id);
        } else {
          next += 2 * (1 + (step % 7));
          ring.add({ id: next });
          map.set(next, ring.get(next) as Identified);
        }
      }
      expect(ids(ring)).toEqual([...map.keys()]);
      expect(ring.size).toBe(map.size);
    }),
  );
});
