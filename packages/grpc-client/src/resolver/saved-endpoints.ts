/**
 * The file of last known good endpoints, opened when a tier first needs it. In: its path. Out: the memory of each tier; none, and a report,
 * if the code for it cannot be loaded.
 */

import type { EndpointFile, EndpointFileInit, EndpointMemory } from "./endpoint-file.ts";

export class SavedEndpoints {
  readonly #init: EndpointFileInit;
  #opened: Promise<EndpointFile | undefined> | undefined;

  constructor(init: EndpointFileInit) {
    this.#init = init;
  }

  async memoryOf(tier: string): Promise<EndpointMemory | undefined> {
    this.#opened ??= open(this.#init);
    return (await this.#opened)?.tier(tier);
  }

  /** Later sets are not written. A write that has begun ends. */
  close(): void {
    void this.#opened?.then((file) => file?.close());
  }
}

async function open(init: EndpointFileInit): Promise<EndpointFile | undefined> {
  try {
    const { EndpointFile } = await import("./endpoint-file.ts");
    return new EndpointFile(init);
  } catch (error) {
    init.onIgnored(`its code could not be loaded: ${(error as Error).message}`);
    return undefined;
  }
}
