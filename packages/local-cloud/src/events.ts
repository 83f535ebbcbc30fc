import type { TaskDescription, TaskState } from "./task-description.ts";

/** What happens in the cloud, for a program that shows it or waits for it. */
export type CloudEvent =
  /** Each task alone could not have its own loopback address; `reason` says why. */
  | { readonly kind: "ports-only"; readonly reason: string }
  | { readonly kind: "task-changed"; readonly task: TaskDescription; readonly previous: TaskState }
  /** A running task fails its checks, so that it is being replaced. `reason` says which, in the words of ECS. */
  | { readonly kind: "task-unhealthy"; readonly task: TaskDescription; readonly reason: string }
  /** A task ended by accident. */
  | { readonly kind: "task-failed"; readonly task: TaskDescription; readonly lastLines: readonly string[] };

export type CloudListener = (event: CloudEvent) => void;

/** Passes events on to any number of listeners. */
export class CloudEvents {
  readonly #listeners = new Set<CloudListener>();

  /** Returns what ends the subscription. */
  subscribe(listener: CloudListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  emit(event: CloudEvent): void {
    // A copy: a listener may unsubscribe itself while it is called.
    for (const listener of [...this.#listeners]) listener(event);
  }
}
