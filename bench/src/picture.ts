/** The pictures of CPU per unary call, from the figures that are kept. They have their own colours for light and for dark pages. */

import type { Result } from "./results.ts";

/** One picture: a bar for each figure of a benchmark, from the top. */
export interface Picture {
  /** In `bench/results`. */
  readonly file: string;
  readonly benchmark: string;
  readonly title: string;
  readonly conditions: string;
  readonly bars: readonly Bar[];
}

interface Bar {
  /** `ours`, a peer, or a variant, whose figure of ours it shows. */
  readonly name: string;
  readonly label: string;
  readonly isOurs?: boolean;
}

const CONNECT_CLIENT = { name: "ours", label: "Connect client on our channel", isOurs: true };
const NODE_HTTP2 = { name: "node:http2", label: "bare node:http2, no gRPC" };
const GRPC_JS = { name: "grpc-js", label: "grpc-js" };
const CONNECT_NODE = { name: "connect-node", label: "connect-node" };

export const PICTURES: readonly Picture[] = [
  {
    file: "cpu-per-call.svg",
    benchmark: "unary",
    title: "CPU of the client per unary call",
    conditions: "100 bytes there and back, 2 endpoints, 64 calls in flight, plaintext",
    bars: [
      CONNECT_CLIENT,
      { name: "grpc-js-stub", label: "grpc-js stub on our channel", isOurs: true },
      NODE_HTTP2,
      GRPC_JS,
      { name: "nice-grpc", label: "nice-grpc" },
      CONNECT_NODE,
    ],
  },
  {
    file: "cpu-of-both-ends.svg",
    benchmark: "both",
    title: "CPU of client and server together per unary call",
    conditions: "100 bytes there and back, 64 calls in flight, plaintext",
    bars: [{ ...CONNECT_CLIENT, label: "our channel, our server" }, NODE_HTTP2, GRPC_JS, CONNECT_NODE],
  },
];

const WIDTH = 720;
const LABELS_END = 230;
const BARS_END = 560;
const TOP = 76;
const ROW = 34;
const BAR = 20;

const STYLE = `
    .page { fill: #ffffff; stroke: #d0d7de }
    text { font: 14px system-ui, -apple-system, "Segoe UI", sans-serif; fill: #1f2328 }
    .title { font-size: 17px; font-weight: 600 }
    .small { font-size: 12px; fill: #59636e }
    .ours { fill: #0969da }
    .peer { fill: #8c959f }
    @media (prefers-color-scheme: dark) {
      .page { fill: #0d1117; stroke: #3d444d }
      text { fill: #f0f6fc }
      .small { fill: #9198a1 }
      .ours { fill: #4493f8 }
      .peer { fill: #656c76 }
    }`;

/** @throws Error for figures of another benchmark. */
export function drawPicture({ benchmark, title, conditions, bars }: Picture, result: Result): string {
  const figures = bars.map(({ name, ...bar }) => ({ ...bar, micros: figureOf(name, benchmark, result) }));
  const scale = (BARS_END - LABELS_END) / Math.max(...figures.map(({ micros }) => micros));
  const ofGrpcJs = figureOf("grpc-js", benchmark, result);
  const height = TOP + bars.length * ROW + 34;
  const rows = figures.map(({ label, isOurs = false, micros }, i) => {
    const y = TOP + i * ROW;
    const width = Math.max(2, micros * scale).toFixed(1);
    const figure = `${micros} µs · ${(micros / ofGrpcJs).toFixed(2)} ×`;
    return `  <text x="${LABELS_END - 10}" y="${y + 15}" text-anchor="end">${label}</text>
  <rect class="${isOurs ? "ours" : "peer"}" x="${LABELS_END}" y="${y}" width="${width}" height="${BAR}" rx="3"/>
  <text x="${(LABELS_END + Number(width) + 8).toFixed(1)}" y="${y + 15}">${figure}</text>`;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${height}" viewBox="0 0 ${WIDTH} ${height}" role="img" aria-labelledby="title">
  <title id="title">${title}: ${figures.map(({ label, micros }) => `${label} ${micros} µs`).join(", ")}</title>
  <style>${STYLE}
  </style>
  <rect class="page" x="0.5" y="0.5" width="${WIDTH - 1}" height="${height - 1}" rx="8"/>
  <text class="title" x="24" y="34">${title}</text>
  <text class="small" x="24" y="54">${conditions}; × is relative to grpc-js. Shorter is better.</text>
${rows.join("\n")}
  <text class="small" x="24" y="${height - 14}">npm run -s bench -- ${benchmark} · Node ${result.node} · ${result.machine}</text>
</svg>
`;
}

function figureOf(bar: string, benchmark: string, { name, ours, peers, variants }: Result): number {
  const figure = bar === "ours" ? ours : (peers[bar] ?? variants?.[bar]?.ours);
  if (name !== benchmark || typeof figure !== "number")
    throw new Error(`expected the figures of "npm run -s bench -- ${benchmark}", got those of ${name}`);
  return figure;
}
