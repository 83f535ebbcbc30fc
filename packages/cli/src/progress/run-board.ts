import type { NodeProgress, RunChange, State } from "./run-change.ts";

/** What is known of a run: its state, and that of its nodes. */
export class RunBoard {
  readonly #nodes = new Map<string, NodeProgress | undefined>();
  /** By the id of a node in a loop: its copies, `post.0`, `post.1`, …, one for each item. */
  readonly #copies = new Map<string, Map<string, NodeProgress>>();
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

  /** The nodes of the workflow. */
  get nodeIds(): readonly string[] {
    return [...this.#nodes.keys()];
  }

  /** A node, or the copy of a node; `undefined` when the run has not reached it. */
  node(id: string): NodeProgress | undefined {
    return this.#nodes.get(id) ?? this.#copies.get(templateOf(id))?.get(id);
  }

  /** The copies of a node in a loop that have begun. */
  copiesOf(nodeId: string): readonly NodeProgress[] {
    return [...(this.#copies.get(nodeId)?.values() ?? [])];
  }

  /** What a node that waits asks a person. */
  questionOf(id: string): string | undefined {
    return this.node(id)?.state === "waiting" ? this.#questions.get(id) : undefined;
  }

  add(change: RunChange): void {
    switch (change.kind) {
      case "run":
        this.#state = change.state;
        this.#error = change.error;
        return;
      case "node":
        this.#setNode(change.node);
        return;
      case "question":
        this.#questions.set(change.nodeId, change.prompt);
        return;
      case "restart":
        for (const id of this.#nodes.keys()) this.#nodes.set(id, undefined);
        this.#copies.clear();
        return;
      default:
        change satisfies never;
    }
  }

  #setNode(node: NodeProgress): void {
    const template = templateOf(node.nodeId);
    if (template === node.nodeId) return void this.#nodes.set(template, node);
    if (!this.#nodes.has(template)) this.#nodes.set(template, undefined);
    const copies = this.#copies.get(template) ?? new Map<string, NodeProgress>();
    this.#copies.set(template, copies.set(node.nodeId, node));
  }
}

/** The node of the workflow of which a node is a copy: ids of a workflow have no dot. */
function templateOf(id: string): string {
  return id.replace(/\..*$/, "");
}
