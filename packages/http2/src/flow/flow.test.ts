import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { MAX_WINDOW_BYTES } from "../settings.ts";
import { BandwidthProbe } from "./bandwidth-probe.ts";
import { FloodGuard } from "./flood-guard.ts";
import { ReceiveWindow } from "./receive-window.ts";
import { SendWindow } from "./send-window.ts";

describe("ReceiveWindow", () => {
  test("bytes are announced when half of the window has been consumed", () => {
    const window = new ReceiveWindow(100);
    expect(window.didReceive(100)).toBe(true);
    expect(window.didConsume(49)).toBe(0);
    expect(window.didConsume(1)).toBe(50);
    expect(window.didReceive(50)).toBe(true);
    expect(window.didReceive(1)).toBe(false);
  });

  test("a peer that keeps to what was announced is never refused, and is never left without a window", () => {
    const step = fc.record({ received: fc.nat(64), consumed: fc.nat(64), grown: fc.nat(8) });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 64 }), fc.array(step, { maxLength: 60 }), (initial, steps) => {
        const window = new ReceiveWindow(initial);
        let peersWindow = initial;
        let unread = 0;
        for (const { received, consumed, grown } of steps) {
          const sent = Math.min(received, peersWindow);
          peersWindow -= sent;
          unread += sent;
          expect(window.didReceive(sent)).toBe(true);
          if (grown === 8) peersWindow += window.growTo(window.windowBytes + 16);
          const read = Math.min(consumed, unread);
          unread -= read;
          peersWindow += window.didConsume(read);
        }
        peersWindow += window.didConsume(unread);
        expect(peersWindow * 2).toBeGreaterThanOrEqual(window.windowBytes);
      }),
    );
  });
});

describe("SendWindow", () => {
  test("may be negative, and no larger than 2³¹ − 1", () => {
    const window = new SendWindow(10);
    expect(window.add(-20)).toBe(true);
    expect(window.available).toBe(-10);
    expect(window.add(MAX_WINDOW_BYTES + 10)).toBe(true);
    expect(window.add(1)).toBe(false);
  });
});

describe("BandwidthProbe", () => {
  const WINDOW = 1_000;
  const MAX = 16_000;

  /** One round trip in which so many bytes come. Returns the new window. */
  function roundTrip(probe: BandwidthProbe, bytes: number, ms = 20): number | undefined {
    probe.didSend(0);
    expect(probe.didReceive(bytes)).toBe(false);
    return probe.didAck(ms);
  }

  test("a PING is due after half a window, and none while one is under way", () => {
    const probe = new BandwidthProbe(WINDOW, MAX);
    expect(probe.didReceive(499)).toBe(false);
    expect(probe.didReceive(1)).toBe(true);
    probe.didSend(0);
    expect(probe.didReceive(5_000)).toBe(false);
  });

  test("a window that was full in one round trip becomes twice what came, up to the limit", () => {
    const probe = new BandwidthProbe(WINDOW, MAX);
    expect(roundTrip(probe, 900)).toBe(1_800);
    expect(roundTrip(probe, 1_800)).toBe(3_600);
    expect(roundTrip(probe, 15_000)).toBe(MAX);
    expect(probe.didReceive(1_000_000)).toBe(false);
  });

  test("a window that was not full stays, and so does one that brought no bandwidth", () => {
    const probe = new BandwidthProbe(WINDOW, MAX);
    expect(roundTrip(probe, 600)).toBeUndefined();
    expect(roundTrip(probe, 1_000)).toBe(2_000);
    expect(roundTrip(probe, 2_000, 40)).toBeUndefined();
  });

  test("after probes that changed nothing the next ones wait for twice as much, 32 windows at most", () => {
    const probe = new BandwidthProbe(WINDOW, MAX);
    const waits = Array.from({ length: 8 }, () => {
      expect(roundTrip(probe, 0)).toBeUndefined();
      let bytes = 0;
      do bytes += 500;
      while (!probe.didReceive(500));
      return bytes;
    });
    expect(waits).toEqual([1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 32_000, 32_000]);
  });
});

describe("FloodGuard", () => {
  function framesUntilRefused(guard: FloodGuard): number {
    let frames = 0;
    while (guard.admits()) frames++;
    return frames;
  }

  test("admits a burst, and afterwards as many frames as time has brought", () => {
    let nowMs = 0;
    const guard = new FloodGuard(() => nowMs);
    expect(framesUntilRefused(guard)).toBe(4_096);
    nowMs = 100;
    expect(framesUntilRefused(guard)).toBeLessThanOrEqual(100);
  });

  test("each stream and what is sent on it entitle the peer to more", () => {
    const guard = new FloodGuard(() => 0);
    for (let i = 0; i < 4_000; i++) guard.admits();
    guard.didOpenStream();
    guard.didSend(1_024);
    expect(framesUntilRefused(guard)).toBe(96 + 8 + 3);
  });

  test("a server that sends eight control frames for each stream is never refused", () => {
    const guard = new FloodGuard(() => 0);
    let refused = 0;
    for (let stream = 0; stream < 10_000; stream++) {
      guard.didOpenStream();
      for (let i = 0; i < 8; i++) if (!guard.admits()) refused++;
    }
    expect(refused).toBe(0);
  });
});
