/** Asks a process that was started with `--inspect` what its objects take, by the Chrome DevTools Protocol. */

import { once } from "node:events";

interface HeapUsage {
  readonly usedSize: number;
  readonly embedderHeapUsedSize?: number;
  readonly backingStorageSize?: number;
}

export class HeapInspector implements Disposable {
  readonly #socket: WebSocket;
  #lastId = 0;

  private constructor(socket: WebSocket) {
    this.#socket = socket;
  }

  /** `url`: as Node writes it to stderr, `ws://127.0.0.1:PORT/ID`. */
  static async open(url: string): Promise<HeapInspector> {
    const socket = new WebSocket(url);
    await once(socket, "open");
    return new HeapInspector(socket);
  }

  /** Objects and buffers after a collection of all garbage, in bytes. */
  async heldBytes(): Promise<number> {
    await this.#ask("HeapProfiler.collectGarbage");
    await this.#ask("HeapProfiler.collectGarbage"); // what finalizers of the first one have freed
    const {
      usedSize,
      embedderHeapUsedSize = 0,
      backingStorageSize = 0,
    } = await this.#ask<HeapUsage>("Runtime.getHeapUsage");
    return usedSize + embedderHeapUsedSize + backingStorageSize;
  }

  [Symbol.dispose](): void {
    this.#socket.close();
  }

  /** One question at a time. */
  async #ask<Answer>(method: string): Promise<Answer> {
    const id = ++this.#lastId;
    const answered = new Promise<Answer>((resolve) => {
      this.#socket.addEventListener("message", function onMessage({ data }) {
        const message = JSON.parse(String(data)) as { readonly id?: number; readonly result: Answer };
        if (message.id !== id) return;
        this.removeEventListener("message", onMessage);
        resolve(message.result);
      });
    });
    this.#socket.send(JSON.stringify({ id, method }));
    return answered;
  }
}
