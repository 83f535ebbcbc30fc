/** The picture of CPU per unary call, from the figures of `unary`. It has its own colours for light and for dark pages. */

import type { Result } from "./results.ts";

/** Bars, from the top. */
const BARS: readonly { readonly name: string; readonly label: string; readonly isOurs: boolean }[] = [
  { name: "ours", label: "Connect client on our channel", isOurs: true },
  { name: "grpc-js-stub", label: "grpc-js stub on our channel", isOurs: true },
  { name: "node:http2", label: "bare node:http2, no gRPC", isOurs: false },
  { name: "grpc-js", label: "grpc-js", isOurs: false },
  { name: "nice-grpc", label: "nice-grpc", isOurs: false },
  { name: "connect-node", label: "connect-node", isOurs: false },
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
export function drawUnary(result: Result): string {
  const micros = microsOf(result);
  const scale = (BARS_END - LABELS_END) / Math.max(...micros.values());
  const ofGrpcJs = micros.get("grpc-js") as number;
  const height = TOP + BARS.length * ROW + 34;
  const bars = BARS.map(({ name, label, isOurs }, i) => {
    const value = micros.get(name) as number;
    const y = TOP + i * ROW;
    const width = Math.max(2, value * scale).toFixed(1);
    const figure = `${value} µs · ${(value / ofGrpcJs).toFixed(2)} ×`;
    return `  <text x="${LABELS_END - 10}" y="${y + 15}" text-anchor="end">${label}</text>
  <rect class="${isOurs ? "ours" : "peer"}" x="${LABELS_END}" y="${y}" width="${width}" height="${BAR}" rx="3"/>
  <text x="${(LABELS_END + Number(width) + 8).toFixed(1)}" y="${y + 15}">${figure}</text>`;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${height}" viewBox="0 0 ${WIDTH} ${height}" role="img" aria-labelledby="title">
  <title id="title">CPU of the client per unary call beside other clients: ${BARS.map(({ name, label }) => `${label} ${micros.get(name)} µs`).join(", ")}</title>
  <style>${STYLE}
  </style>
  <rect class="page" x="0.5" y="0.5" width="${WIDTH - 1}" height="${height - 1}" rx="8"/>
  <text class="title" x="24" y="34">CPU of the client per unary call</text>
  <text class="small" x="24" y="54">100 bytes there and back, 2 endpoints, 64 calls in flight, plaintext; × is relative to grpc-js. Shorter is better.</text>
${bars.join("\n")}
  <text class="small" x="24" y="${height - 14}">npm run -s bench -- unary · Node ${result.node} · ${result.machine}</text>
</svg>
`;
}

function microsOf({ name, ours, peers, variants }: Result): ReadonlyMap<string, number> {
  const stub = variants?.["grpc-js-stub"]?.ours;
  if (name !== "unary" || typeof ours !== "number" || typeof stub !== "number")
    throw new Error(`expected the figures of "npm run -s bench -- unary", got those of ${name}`);
  return new Map<string, number>([["ours", ours], ["grpc-js-stub", stub], ...Object.entries(peers)]);
}
