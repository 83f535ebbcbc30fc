import type { Connection, Node, WorkflowSpec } from "@agent-team/contracts";
import { durationMs } from "@bufbuild/protobuf/wkt";
import { DEFAULT_RUN_TIMEOUT_MS } from "./limits.ts";

/** The output of a connection without `output_key`. */
export const DEFAULT_OUTPUT = "result";

/** The output of a FOR_EACH node to the nodes that run once for each item. */
export const ITEM_OUTPUT = "item";

/** The output of a failed node with `continue_on_error`. */
export const ERROR_OUTPUT = "error";

export interface Edge {
  readonly from: string;
  readonly to: string;
  readonly outputKey: string;
  readonly expression: string;
  /** In a run, from a loop to a copy of its body: the index of the item. */
  readonly item?: number;
}

/**
 * The nodes of a spec by id, and its edges in both directions. The spec may be invalid: of several nodes with one id the
 * first counts, and an edge may end at no node.
 */
export class Graph {
  readonly nodes: ReadonlyMap<string, Node>;
  readonly edges: readonly Edge[];
  /** How long nodes may run in one run, altogether. */
  readonly runTimeoutMs: number;
  readonly #inbound: ReadonlyMap<string, readonly Edge[]>;
  readonly #outbound: ReadonlyMap<string, readonly Edge[]>;

  constructor(nodes: ReadonlyMap<string, Node>, edges: readonly Edge[], runTimeoutMs: number) {
    this.nodes = nodes;
    this.edges = edges;
    this.runTimeoutMs = runTimeoutMs;
    this.#inbound = Map.groupBy(this.edges, (edge) => edge.to);
    this.#outbound = Map.groupBy(this.edges, (edge) => edge.from);
  }

  static of({ nodes, connections, runTimeout }: Pick<WorkflowSpec, "nodes" | "connections" | "runTimeout">): Graph {
    const runTimeoutMs = runTimeout === undefined ? DEFAULT_RUN_TIMEOUT_MS : durationMs(runTimeout);
    return new Graph(byId(nodes), connections.map(toEdge), runTimeoutMs);
  }

  inbound(nodeId: string): readonly Edge[] {
    return this.#inbound.get(nodeId) ?? [];
  }

  outbound(nodeId: string): readonly Edge[] {
    return this.#outbound.get(nodeId) ?? [];
  }
}

function byId(nodes: readonly Node[]): ReadonlyMap<string, Node> {
  const first = new Map<string, Node>();
  for (const node of nodes) if (!first.has(node.id)) first.set(node.id, node);
  return first;
}

function toEdge({ fromNode, toNode, outputKey, expression }: Connection): Edge {
  return { from: fromNode, to: toNode, outputKey: outputKey === "" ? DEFAULT_OUTPUT : outputKey, expression };
}
