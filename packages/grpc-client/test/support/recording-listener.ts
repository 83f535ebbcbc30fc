/** A resolver's listener that remembers, and lets a test wait for what comes next. */

import type { EndpointSet } from "../../src/endpoint.ts";
import type { ChannelError } from "../../src/errors.ts";
import type { ResolverListener } from "../../src/resolver/resolver.ts";

export type Heard =
  | { readonly kind: "update"; readonly set: EndpointSet }
  | { readonly kind: "error"; readonly error: ChannelError }
  | { readonly kind: "truncated"; readonly records: number }
  | { readonly kind: "skipped"; readonly instances: readonly string[] };

export class RecordingListener implements ResolverListener {
  /** Everything that was said, oldest first. */
  readonly heard: Heard[] = [];
  #read = 0;
  #wake: () => void = () => {};

  onUpdate(set: EndpointSet): void {
    this.#hear({ kind: "update", set });
  }

  onError(error: ChannelError): void {
    this.#hear({ kind: "error", error });
  }

  onTruncated(records: number): void {
    this.#hear({ kind: "truncated", records });
  }

  onSkipped(instances: readonly string[]): void {
    this.#hear({ kind: "skipped", instances });
  }

  /** What was said next, whether it has been said already or not. */
  async next(): Promise<Heard> {
    for (;;) {
      const heard = this.heard[this.#read];
      if (heard !== undefined) {
        this.#read++;
        return heard;
      }
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  /** The keys of the next update, sorted. @throws when something else was said. */
  async nextKeys(): Promise<readonly string[]> {
    const heard = await this.next();
    if (heard.kind !== "update")
      throw new Error(`expected an update, heard ${JSON.stringify(heard)}`, { cause: heard });
    return [...heard.set.keys()].sort();
  }

  /** The next error. @throws when something else was said. */
  async nextError(): Promise<ChannelError> {
    const heard = await this.next();
    if (heard.kind !== "error") throw new Error(`expected an error, heard ${heard.kind}`);
    return heard.error;
  }

  #hear(heard: Heard): void {
    this.heard.push(heard);
    this.#wake();
  }
}
