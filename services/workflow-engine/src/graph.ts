import type { Connection, Node, WorkflowSpec } from "@agent-team/contracts";

/** The output that a connection without `output_key` leaves by. */
export const defaultOutput = "result";

/** The output that a failed node with `continue_on_error` leaves by. */
export const errorOutput = "error";

export interface Edge {
  readonly from: string;
  readonly to: string;
  readonly outputKey: string;
  readonly expression: string;
}

/**
 * A spec with its edges in both directions. Also of a spec that is not valid: an id that occurs twice means the
 * first, and edges may lead nowhere.
 */
export class Graph {
  readonly nodes: ReadonlyMap<string, Node>;
  readonly edges: readonly Edge[];
  readonly #inbound: ReadonlyMap<string, readonly Edge[]>;
  readonly #outbound: ReadonlyMap<string, readonly Edge[]>;

  constructor(spec: Pick<WorkflowSpec, "nodes" | "connections">) {
    this.nodes = byId(spec.nodes);
    this.edges = spec.connections.map(toEdge);
    this.#inbound = Map.groupBy(this.edges, (edge) => edge.to);
    this.#outbound = Map.groupBy(this.edges, (edge) => edge.from);
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
  return { from: fromNode, to: toNode, outputKey: outputKey === "" ? defaultOutput : outputKey, expression };
}
