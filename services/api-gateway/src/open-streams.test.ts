import fc from "fast-check";
import { expect, test } from "vitest";
import { OpenStreams, type StreamEnd } from "./open-streams.ts";

/** A response that ends when the test says so. */
class Stream implements StreamEnd {
  isReset = false;
  #listener: (() => void) | undefined;

  onClose(listener: () => void): void {
    this.#listener = listener;
  }

  reset(): void {
    this.isReset = true;
  }

  end(): void {
    this.#listener?.();
  }
}

const openOf = (streams: OpenStreams): number =>
  Number(/^gateway_event_streams_open (.*)$/m.exec(streams.metrics())?.[1]);

test("each subject has its places, and the end of a stream gives its place back once", () => {
  const streams = new OpenStreams(2);
  const [first, second, other] = [new Stream(), new Stream(), new Stream()];
  for (const stream of [first, second]) expect(streams.take("ada", [], stream)).toBeDefined();
  expect(streams.take("ada", [], new Stream())).toBeUndefined();
  expect(streams.take("bob", [], other)).toBeDefined();

  first.end();
  first.end();
  expect(openOf(streams)).toBe(2);
  expect(streams.take("ada", [], new Stream())).toBeDefined();
  expect(streams.take("ada", [], new Stream())).toBeUndefined();
  expect([first, second, other].map(({ isReset }) => isReset)).toEqual([false, false, false]);
});

test("at the limit a reader takes the place of its oldest stream of the same name, and of no other one's", () => {
  const streams = new OpenStreams(3);
  const [a, b1, b2, bob] = [new Stream(), new Stream(), new Stream(), new Stream()];
  streams.take("ada", ["a"], a);
  streams.take("ada", ["message"], b1)?.addName("b");
  streams.take("ada", ["b"], b2);
  streams.take("bob", ["b"], bob);
  expect(b1.isReset).toBe(false); // the limit was not reached

  expect(streams.take("ada", ["b"], new Stream())).toBeDefined();
  b1.end(); // of a stream that has no place any more
  expect(streams.take("ada", ["c"], new Stream())).toBeUndefined();
  expect([a, b1, b2, bob].map(({ isReset }) => isReset)).toEqual([false, true, false, false]);
  expect(streams.metrics()).toMatch(/_open 4\n[^]*_refused_total 1\n[^]*_replaced_total 1\n/);
});

test("whatever comes and ends, no subject has more than its places, and all ends leave none", () => {
  const step = fc.record({ subject: fc.constantFrom("ada", "bob"), name: fc.constantFrom("a", "b"), ends: fc.nat(20) });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 100 }), (steps) => {
      const streams = new OpenStreams(3);
      const taken: Stream[] = [];
      for (const { subject, name, ends } of steps) {
        const stream = new Stream();
        if (streams.take(subject, [name], stream) !== undefined) taken.push(stream);
        expect(openOf(streams)).toBeLessThanOrEqual(6);
        taken[ends]?.end();
      }
      for (const stream of taken) stream.end();
      expect(openOf(streams)).toBe(0);
    }),
  );
});
