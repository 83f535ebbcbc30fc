/**
 * A workflow as a graph. The nodes are buttons in the order of the flow, and one tab stop: the arrow keys go from node to node. The
 * lines are decoration; what follows a node is part of its description.
 */

import type { JSX } from "preact";
import { useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";
import type { WorkflowNode, WorkflowSpec } from "../api/types.ts";
import { describeNode, iconOf, nameOf } from "../graph/describe-node.ts";
import { type Layout, layOut, NODE_HEIGHT, NODE_WIDTH, type PlacedEdge } from "../graph/layout.ts";
import type { NodeSummary } from "../state/run.ts";
import { Icon, type IconName } from "./icons.tsx";
import { nodeStateWords } from "./words.ts";

/** A graph that is a little too wide becomes smaller; a wider one is scrolled. The names of nodes have 11 px then. */
const MIN_ZOOM = 0.78;

export interface GraphProps {
  readonly spec: WorkflowSpec;
  /** Of a run, by node; absent for a workflow that does not run. */
  readonly states?: ReadonlyMap<string, NodeSummary> | undefined;
  readonly selected: string;
  readonly onSelect: (id: string) => void;
}

export function Graph({ spec, states, selected, onSelect }: GraphProps): JSX.Element {
  const nodes = spec.nodes ?? [];
  const layout = useMemo(() => layOutSpec(spec), [spec]);
  const [focused, setFocused] = useState("");
  const list = useRef<HTMLOListElement>(null);
  const [frame, width] = useWidth();
  const zoom = Math.min(1, Math.max(MIN_ZOOM, width / layout.width));
  const stop = layout.nodes.some(({ id }) => id === focused) ? focused : layout.nodes[0]?.id;
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const onKeyDown = (event: KeyboardEvent): void => {
    const next = neighbourOf(layout, stop, event.key);
    if (next === undefined) return;
    event.preventDefault();
    setFocused(next);
    list.current?.querySelector<HTMLElement>(`[data-node="${CSS.escape(next)}"]`)?.focus();
  };
  return (
    <section class="graph" ref={frame} aria-label={`Graph of ${nodes.length} steps`}>
      <div class="canvas" style={{ width: `${layout.width}px`, height: `${layout.height}px`, zoom }}>
        <Edges layout={layout} states={states} />
        {/* Chromium takes a list without markers for no list. */}
        <ol ref={list} role="list" onKeyDown={onKeyDown}>
          {layout.nodes.map(({ id, x, y }) => (
            <li
              key={id}
              style={{ left: `${x}px`, top: `${y}px`, width: `${NODE_WIDTH}px`, height: `${NODE_HEIGHT}px` }}
            >
              <NodeButton
                node={byId.get(id) as WorkflowNode}
                summary={states?.get(id)}
                isRun={states !== undefined}
                isSelected={selected === id}
                isTabStop={stop === id}
                next={nextWords(layout, id, byId)}
                onFocus={() => setFocused(id)}
                onSelect={() => onSelect(id)}
              />
            </li>
          ))}
        </ol>
      </div>
    </section>
  );
}

/** The room inside an element, in px, now and after each change of it. */
function useWidth(): readonly [preact.RefObject<HTMLElement | null>, number] {
  const frame = useRef<HTMLElement>(null);
  const [width, setWidth] = useState(Number.POSITIVE_INFINITY);
  useLayoutEffect(() => {
    const observer = new ResizeObserver(([entry]) => setWidth(entry?.contentRect.width ?? 0));
    if (frame.current !== null) observer.observe(frame.current);
    return () => observer.disconnect();
  }, []);
  return [frame, width];
}

function layOutSpec({ nodes = [], connections = [] }: WorkflowSpec): Layout {
  const edges = connections.map(({ from_node, to_node, output_key = "" }) => ({
    from: from_node,
    to: to_node,
    label: output_key === "result" ? "" : output_key,
  }));
  return layOut(
    nodes.map(({ id }) => id),
    edges,
  );
}

interface NodeButtonProps {
  readonly node: WorkflowNode;
  readonly summary: NodeSummary | undefined;
  readonly isRun: boolean;
  readonly isSelected: boolean;
  readonly isTabStop: boolean;
  readonly next: string;
  readonly onFocus: () => void;
  readonly onSelect: () => void;
}

function NodeButton({
  node,
  summary,
  isRun,
  isSelected,
  isTabStop,
  next,
  onFocus,
  onSelect,
}: NodeButtonProps): JSX.Element {
  const isMissing = (node.needs_input ?? []).length > 0;
  const state =
    summary === undefined ? (isRun ? "idle" : isMissing ? "missing" : "draft") : summary.state.toLowerCase();
  return (
    <button
      type="button"
      class="node"
      data-node={node.id}
      data-state={state}
      data-kind={node.subtype ?? ""}
      tabIndex={isTabStop ? 0 : -1}
      aria-pressed={isSelected}
      onFocus={onFocus}
      onClick={onSelect}
    >
      <span class="tile">
        <Icon name={iconOf(node)} />
      </span>
      <span class="words">
        <span class="name">{nameOf(node)}</span>
        <span class="about">{describeNode(node)}</span>
      </span>
      {summary === undefined ? null : <StateMark summary={summary} subtype={node.subtype} />}
      {isMissing && !isRun ? <span class="mark">needs input</span> : null}
      <span class="unseen">{next}</span>
    </button>
  );
}

const MARKS: Readonly<Record<string, IconName>> = {
  SUCCEEDED: "check",
  FAILED: "cross",
  SKIPPED: "minus",
  CANCELED: "minus",
  WAITING: "wait",
  RETRYING: "loop",
};

function StateMark({
  summary: { state, items },
  subtype,
}: {
  readonly summary: NodeSummary;
  readonly subtype: string | undefined;
}): JSX.Element {
  const words = nodeStateWords(state, subtype);
  const icon = MARKS[state];
  return (
    <span class="mark">
      {icon === undefined ? <span class="spinner" aria-hidden="true" /> : <Icon name={icon} size={14} />}
      <span>{items === undefined ? words : `${items.ended} of ${items.all}`}</span>
    </span>
  );
}

/** For people who do not see the lines. */
function nextWords({ edges }: Layout, id: string, byId: ReadonlyMap<string, WorkflowNode>): string {
  const next = edges
    .filter(({ from }) => from === id)
    .map(({ to, label }) => `${label === "" ? "" : `if ${label}: `}${nameOf(byId.get(to) as WorkflowNode)}`);
  return next.length === 0 ? "" : `, then ${next.join("; ")}`;
}

function Edges({ layout, states }: { readonly layout: Layout; readonly states: GraphProps["states"] }): JSX.Element {
  return (
    <svg class="edges" width={layout.width} height={layout.height} aria-hidden="true" focusable="false">
      <defs>
        <marker id="arrow" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto">
          <path d="M1 1l6 3-6 3" />
        </marker>
      </defs>
      {layout.edges.map((edge) => (
        <path
          key={keyOf(edge)}
          class="edge"
          data-state={edgeState(edge, states)}
          d={edge.path}
          marker-end="url(#arrow)"
        />
      ))}
      {layout.edges
        .filter(({ label }) => label !== "")
        .map((edge) => (
          <g key={keyOf(edge)} transform={`translate(${edge.labelX} ${edge.labelY})`} class="edge-label">
            <rect x={-edge.label.length * 3.6 - 7} y={-10} width={edge.label.length * 7.2 + 14} height={20} rx={10} />
            <text y={4}>{edge.label}</text>
          </g>
        ))}
    </svg>
  );
}

/** Taken, when both of its ends were reached. */
function edgeState({ from, to }: PlacedEdge, states: GraphProps["states"]): string {
  if (states === undefined) return "draft";
  const [before, after] = [states.get(from)?.state, states.get(to)?.state];
  if (after === "SKIPPED" || before === "SKIPPED") return "skipped";
  return before !== undefined && after !== undefined ? "taken" : "idle";
}

function keyOf({ from, to, label }: PlacedEdge): string {
  return `${from} ${to} ${label}`;
}

/** The node that a key leads to: up and down along the lines, left and right in the layer. */
function neighbourOf({ nodes, edges }: Layout, id: string | undefined, key: string): string | undefined {
  const at = nodes.findIndex((node) => node.id === id);
  const here = nodes[at];
  if (here === undefined) return undefined;
  const beside = (step: number): string | undefined => {
    const node = nodes[at + step];
    return node?.y === here.y ? node.id : undefined;
  };
  switch (key) {
    case "ArrowDown":
      return edges.find(({ from }) => from === id)?.to ?? nodes[at + 1]?.id;
    case "ArrowUp":
      return edges.find(({ to }) => to === id)?.from ?? nodes[at - 1]?.id;
    case "ArrowRight":
      return beside(1);
    case "ArrowLeft":
      return beside(-1);
    case "Home":
      return nodes[0]?.id;
    case "End":
      return nodes.at(-1)?.id;
    default:
      return undefined;
  }
}
