/** A resolver's listener that records results, and lets a test wait for the next one. */

import type { EndpointSet } from "../../src/endpoint.ts";
import type { ChannelError } from "../../src/errors.ts";
import type { ResolverListener } from "../../src/resolver/resolver.ts";

export type ResolverResult =
  | { readonly kind: "update"; readonly set: EndpointSet }
  | { readonly kind: "error"; readonly error: ChannelError }
  | { readonly kind: "restored"; readonly set: EndpointSet; readonly ageMs: number }
  | { readonly kind: "emptied"; readonly error: ChannelError }
  | { readonly kind: "quarantined"; readonly endpoints: number }
  | { readonly kind: "truncated"; readonly records: number }
  | { readonly kind: "skipped"; readonly instances: readonly string[] };

export class RecordingListener implements ResolverListener {
  /** Every result, oldest first. */
  readonly results: ResolverResult[] = [];
  #read = 0;
  #wake: () => void = () => {};

  onUpdate(set: EndpointSet): void {
    this.#keep({ kind: "update", set });
  }

  onError(error: ChannelError): void {
    this.#keep({ kind: "error", error });
  }

  onRestored(set: EndpointSet, ageMs: number): void {
    this.#keep({ kind: "restored", set, ageMs });
  }

  onEmptied(error: ChannelError): void {
    this.#keep({ kind: "emptied", error });
  }

  onQuarantined(endpoints: number): void {
    this.#keep({ kind: "quarantined", endpoints });
  }

  onTruncated(records: number): void {
    this.#keep({ kind: "truncated", records });
  }

  onSkipped(instances: readonly string[]): void {
    this.#keep({ kind: "skipped", instances });
  }

  /** The next result that no call has returned yet. Waits until it comes. */
  async next(): Promise<ResolverResult> {
    for (;;) {
      const result = this.results[this.#read];
      if (result !== undefined) {
        this.#read++;
        return result;
      }
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  /** The keys of the next update, sorted. @throws when the next result is another one. */
  async nextKeys(): Promise<readonly string[]> {
    const result = await this.next();
    if (result.kind !== "update")
      throw new Error(`expected an update, got ${JSON.stringify(result)}`, { cause: result });
    return [...result.set.keys()].sort();
  }

  /** The next error. @throws when the next result is another one. */
  async nextError(): Promise<ChannelError> {
    const result = await this.next();
    if (result.kind !== "error") throw new Error(`expected an error, got ${result.kind}`);
    return result.error;
  }

  #keep(result: ResolverResult): void {
    this.results.push(result);
    this.#wake();
  }
}
