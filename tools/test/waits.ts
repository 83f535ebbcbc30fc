/** Loaded before each test file: `vi.waitFor` and `vi.waitUntil` wait as long as `expect.poll`, where vitest has one second. */

import { vi } from "vitest";
import { WAIT_MS } from "./wait-ms.ts";

const { waitFor, waitUntil } = vi;

vi.waitFor = (callback, options) => waitFor(callback, withLimit(options));
vi.waitUntil = (callback, options) => waitUntil(callback, withLimit(options));

interface WaitOptions {
  readonly interval?: number;
  readonly timeout?: number;
}

function withLimit(options: number | WaitOptions = {}): WaitOptions {
  return typeof options === "number" ? { timeout: options } : { timeout: WAIT_MS, ...options };
}
