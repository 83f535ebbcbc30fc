/* oxlint-disable no-restricted-globals -- A form and XML write instants as text; this converts what a Clock said, and reads no time. */

/** ISO 8601, as answers in XML write an instant. */
export function formatInstant(epochMs: number): string {
  return new Date(epochMs).toISOString();
}

/** Milliseconds since the epoch; undefined for text that is no instant. */
export function parseInstant(text: string): number | undefined {
  const epochMs = Date.parse(text);
  return Number.isNaN(epochMs) ? undefined : epochMs;
}
