/* oxlint-disable no-restricted-globals -- Query requests and XML have instants as text. This converts values of a Clock, and reads no clock. */

/** ISO 8601, the form of instants in XML. */
export function formatInstant(epochMs: number): string {
  return new Date(epochMs).toISOString();
}

/** Milliseconds since the epoch; undefined for text that is not an instant. */
export function parseInstant(text: string): number | undefined {
  const epochMs = Date.parse(text);
  return Number.isNaN(epochMs) ? undefined : epochMs;
}
