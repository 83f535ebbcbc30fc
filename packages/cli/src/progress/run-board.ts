import type { NodeProgress, RunChange, State } from "./run-change.ts";

/** What is known of a run: its state, and that of its nodes. */
export class RunBoard {
  readonly #nodes = new Map<string, NodeProgress | undefined>();
  readonly #questions = new Map<string, string>();
  #state: State = "pending";
  #error: string | undefined;

  /** `nodeIds`: in the order of their lines. Nodes that are not among them come below when the run reaches them. */
  constructor(nodeIds: readonly string[]) {
    for (const id of nodeIds) this.#nodes.set(id, undefined);
  }

  get state(): State {
    return this.#state;
  }

  /** Why the run as a whole did not succeed. */
  get error(): string | undefined {
    return this.#error;
  }

  /** `undefined` for a node that the run has not reached. */
  get nodes(): ReadonlyMap<string, NodeProgress | undefined> {
    return this.#nodes;
  }

  /** What a node that waits asks a person. */
  questionOf(nodeId: string): string | undefined {
    return this.#nodes.get(nodeId)?.state === "waiting" ? this.#questions.get(nodeId) : undefined;
  }

  add(change: RunChange): void {
    switch (change.kind) {
      case "run":
        this.#state = change.state;
        this.#error = change.error;
        return;
      case "node":
        this.#nodes.set(change.node.nodeId, change.node);
        return;
      case "question":
        this.#questions.set(change.nodeId, change.prompt);
        return;
      case "restart":
        for (const id of this.#nodes.keys()) this.#nodes.set(id, undefined);
        return;
      default:
        change satisfies never;
    }
  }
}
