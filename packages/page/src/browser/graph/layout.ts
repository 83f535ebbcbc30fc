/**
 * Places the nodes of a workflow from top to bottom. In: nodes and edges. Out: a place for each node and a line for each edge.
 *
 * In layers: a node is below everything that leads to it. An edge that passes layers has a place in each of them, so that its line
 * runs beside the nodes. The order in a layer follows the mean place of the neighbours, in a few sweeps; then each node moves towards
 * that mean as far as its neighbours let it. Pure, and linear in nodes and edges but for the sorting of each layer.
 */

export interface GraphEdge {
  readonly from: string;
  readonly to: string;
  readonly label: string;
}

export interface PlacedNode {
  readonly id: string;
  readonly x: number;
  readonly y: number;
}

export interface PlacedEdge extends GraphEdge {
  /** The line, as an SVG path. */
  readonly path: string;
  readonly labelX: number;
  readonly labelY: number;
}

export interface Layout {
  readonly width: number;
  readonly height: number;
  /** From top to bottom, then from left to right. */
  readonly nodes: readonly PlacedNode[];
  readonly edges: readonly PlacedEdge[];
}

export const NODE_WIDTH = 272;
export const NODE_HEIGHT = 62;
const GAP_X = 24;
const GAP_Y = 44;
/** The room of an edge that passes a layer. */
const PASSING_WIDTH = 20;
/** More sweeps change nothing that one sees, in graphs of 100 nodes. */
const SWEEPS = 4;

interface Spot {
  readonly id: string;
  readonly layer: number;
  readonly width: number;
  readonly above: Spot[];
  readonly below: Spot[];
  /** The middle. */
  x: number;
}

export function layOut(ids: readonly string[], edges: readonly GraphEdge[]): Layout {
  const known = new Set(ids);
  const drawn = edges.filter(({ from, to }) => known.has(from) && known.has(to) && from !== to);
  const layerOf = layersOf(ids, drawn);
  const spots = new Map(ids.map((id) => [id, newSpot(id, layerOf.get(id) ?? 0, NODE_WIDTH)]));
  const layers: Spot[][] = [];
  for (const spot of spots.values()) (layers[spot.layer] ??= []).push(spot);
  const chains = drawn.map((edge) => ({ edge, chain: connect(edge, spots, layers) }));
  for (let sweep = 0; sweep < SWEEPS; sweep += 1) order(layers);
  placeAcross(layers);
  return toLayout(ids, spots, chains);
}

/** The longest way from a node without predecessors. An edge of a cycle, which no valid workflow has, does not count. */
function layersOf(ids: readonly string[], edges: readonly GraphEdge[]): ReadonlyMap<string, number> {
  const waiting = new Map(ids.map((id) => [id, edges.filter(({ to }) => to === id).length]));
  const layers = new Map<string, number>();
  const ready = ids.filter((id) => waiting.get(id) === 0);
  for (let at = 0; at < ready.length; at += 1) {
    const id = ready[at] as string;
    const layer = layers.get(id) ?? 0;
    layers.set(id, layer);
    for (const { to } of edges.filter(({ from }) => from === id)) {
      layers.set(to, Math.max(layers.get(to) ?? 0, layer + 1));
      waiting.set(to, (waiting.get(to) ?? 0) - 1);
      if (waiting.get(to) === 0) ready.push(to);
    }
  }
  return layers;
}

function newSpot(id: string, layer: number, width: number): Spot {
  return { id, layer, width, above: [], below: [], x: 0 };
}

/** The spots of an edge from its beginning to its end, with one in each layer that it passes. */
function connect({ from, to }: GraphEdge, spots: ReadonlyMap<string, Spot>, layers: Spot[][]): readonly Spot[] {
  const [first, last] = [spots.get(from) as Spot, spots.get(to) as Spot];
  const chain = [first];
  for (let layer = first.layer + 1; layer < last.layer; layer += 1) {
    const passing = newSpot("", layer, PASSING_WIDTH);
    (layers[layer] ??= []).push(passing);
    chain.push(passing);
  }
  chain.push(last);
  for (const [at, spot] of chain.slice(1).entries()) {
    spot.above.push(chain[at] as Spot);
    chain[at]?.below.push(spot);
  }
  return chain;
}

/** One sweep down and one up. */
function order(layers: readonly Spot[][]): void {
  for (const layer of layers) rank(layer);
  for (const layer of layers) sortBy(layer, ({ above }) => above);
  for (const layer of layers.toReversed()) sortBy(layer, ({ below }) => below);
}

/** Places are shares of a layer, so that those of long and short layers can be compared. */
function sortBy(layer: Spot[], neighbours: (spot: Spot) => readonly Spot[]): void {
  rank(layer);
  const goals = new Map(layer.map((spot) => [spot, meanOf(neighbours(spot), spot.x)]));
  layer.sort((a, b) => (goals.get(a) ?? 0) - (goals.get(b) ?? 0));
  rank(layer);
}

function rank(layer: readonly Spot[]): void {
  for (const [at, spot] of layer.entries()) spot.x = (at + 0.5) / layer.length;
}

function meanOf(spots: readonly Spot[], otherwise: number): number {
  return spots.length === 0 ? otherwise : spots.reduce((sum, { x }) => sum + x, 0) / spots.length;
}

function placeAcross(layers: readonly Spot[][]): void {
  for (const layer of layers) spread(layer, () => 0);
  for (let sweep = 0; sweep < SWEEPS; sweep += 1) {
    for (const layer of layers) spread(layer, ({ above, x }) => meanOf(above, x));
    for (const layer of layers.toReversed()) spread(layer, ({ below, x }) => meanOf(below, x));
  }
  for (const layer of layers) spread(layer, ({ above, x }) => meanOf(above, x));
}

/** Puts each spot as near to its goal as the ones beside it allow: the mean of a packing to the right and one to the left. */
function spread(layer: readonly Spot[], goalOf: (spot: Spot) => number): void {
  const goals = layer.map(goalOf);
  const rightwards = pack(layer, goals);
  const leftwards = pack(
    layer.toReversed(),
    goals.toReversed().map((goal) => -goal),
  ).toReversed();
  for (const [at, spot] of layer.entries()) spot.x = ((rightwards[at] ?? 0) - (leftwards[at] ?? 0)) / 2;
}

/** Each at its goal, or as far right of it as the one before makes it. */
function pack(layer: readonly Spot[], goals: readonly number[]): readonly number[] {
  let edge = Number.NEGATIVE_INFINITY;
  return layer.map(({ width }, at) => {
    const x = Math.max(goals[at] ?? 0, edge + width / 2);
    edge = x + width / 2 + GAP_X;
    return x;
  });
}

function toLayout(
  ids: readonly string[],
  spots: ReadonlyMap<string, Spot>,
  chains: readonly { readonly edge: GraphEdge; readonly chain: readonly Spot[] }[],
): Layout {
  const all = [...spots.values(), ...chains.flatMap(({ chain }) => chain)];
  const left = Math.min(0, ...all.map(({ x, width }) => x - width / 2));
  const right = Math.max(0, ...all.map(({ x, width }) => x + width / 2));
  for (const spot of new Set(all)) spot.x -= left;
  const nodes = ids
    .map((id) => spots.get(id) as Spot)
    .toSorted((a, b) => a.layer - b.layer || a.x - b.x)
    .map(({ id, layer, x }) => ({ id, x: x - NODE_WIDTH / 2, y: topOf(layer) }));
  const height = Math.max(0, ...nodes.map(({ y }) => y + NODE_HEIGHT));
  return { width: right - left, height, nodes, edges: chains.map(({ edge, chain }) => draw(edge, chain)) };
}

function topOf(layer: number): number {
  return layer * (NODE_HEIGHT + GAP_Y);
}

function draw(edge: GraphEdge, chain: readonly Spot[]): PlacedEdge {
  const [first, second] = chain as readonly [Spot, Spot];
  const path = chain
    .slice(1)
    .map((spot, at) => curve(chain[at] as Spot, spot))
    .join("");
  const start = topOf(first.layer) + NODE_HEIGHT;
  // Near the end of the first piece, where the edges of a branch have parted.
  return { ...edge, path, labelX: first.x + (second.x - first.x) * 0.6, labelY: start + GAP_Y * 0.52 };
}

/** From the lower edge of a layer to the upper edge of the next one; a spot that is passed is crossed straight down. */
function curve(from: Spot, to: Spot): string {
  const [y1, y2] = [topOf(from.layer) + NODE_HEIGHT, topOf(to.layer)];
  const down = from.id === "" ? `L${round(from.x)} ${y1}` : `M${round(from.x)} ${y1}`;
  const bend = (y2 - y1) * 0.55;
  return `${down}C${round(from.x)} ${round(y1 + bend)} ${round(to.x)} ${round(y2 - bend)} ${round(to.x)} ${y2}`;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
