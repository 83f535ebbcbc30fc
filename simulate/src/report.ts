/** The results as text for people, and as one JSON object for programs. */

import type { Figure, ScenarioResult, SubjectResult } from "./experiment.ts";
import { MEASURES, type MeasureName } from "./measures.ts";
import { OURS } from "./subjects.ts";

/** What the figures leave out. They are printed with every run. */
export const CAVEATS: readonly string[] = [
  "Simulated: the real channel of grpc-client in virtual time; only its transport and its discovery are models.",
  "Median (worst) over the seeds. p50, p99: time to the first byte; calls that still wait count with their wait so far.",
  "Arrivals are Poisson. Hosts are FIFO queues with slots unless the scenario says sharing. The network takes 0.25 ms one way (0.75 ms",
  "between zones) and loses nothing; connections never break; the CPU of clients costs nothing.",
  "Calls have no deadline; ours end after 60 s without a first byte (firstByteTimeoutMs). Health checks are answered also by a host that fails its calls.",
  "Peers are written from their specifications and pick among connected endpoints. Calls are not repeated, unless the scenario says so.",
  "A50: outlier detection with the defaults of gRFC A50. A50 tuned: every second, from 2 hosts and 10 calls, from 50 % failures, up to half of the hosts.",
];

export function toTable({ scenario, seeds, subjects }: ScenarioResult): string {
  const header = ["policy", ...scenario.measures.map((measure) => MEASURES[measure].title), "ours against it"];
  const rows = subjects.map((subject) => [
    subject.name,
    ...scenario.measures.map((measure) => cell(measure, subject)),
    claim(subject),
  ]);
  const widths = header.map((_, column) => Math.max(...[header, ...rows].map((row) => (row[column] ?? "").length)));
  const line = (row: readonly string[]) =>
    row
      .map((text, column) => text.padEnd(widths[column] ?? 0))
      .join("  ")
      .trimEnd();
  return [`${scenario.name} (${seeds} seeds): ${scenario.story}`, line(header), ...rows.map(line)].join("\n");
}

function cell(measure: MeasureName, { figures, isUnstable }: SubjectResult): string {
  if (measure === "p99Ms" && isUnstable) return "unstable";
  const { median, worst } = figures.get(measure) as Figure;
  return `${format(measure, median)} (${format(measure, worst)})`;
}

function format(measure: MeasureName, value: number): string {
  switch (MEASURES[measure].unit) {
    case "ms":
      return value >= 10_000 ? `${(value / 1_000).toPrecision(3)} s` : `${digits(value)} ms`;
    case "share":
      return `${digits(100 * value)} %`;
    default:
      return digits(value);
  }
}

/** Three digits, and whole numbers whole. */
function digits(value: number): string {
  return Number.isInteger(value) || value >= 1_000 ? String(Math.round(value)) : String(Number(value.toPrecision(3)));
}

/** fault-tolerance.md 10.4: our worst seed against their best, or the paired sign test. */
function claim({ comparison }: SubjectResult): string {
  if (comparison === undefined) return "";
  const { wins, losses, p, isDisjoint, result } = comparison;
  const pairs = `${wins} : ${losses}, p ${p < 0.001 ? "< 0.001" : `= ${p.toPrecision(2)}`}`;
  return `${result} (${pairs}${isDisjoint && result !== "no difference shown" ? ", worst seed against best" : ""})`;
}

/** Raw figures, no verdicts. `ratio` = ours ÷ peer, of the medians of the first measure; null where the peer has 0. */
export function toJson(name: string, results: readonly ScenarioResult[]): string {
  return JSON.stringify({ name, simulated: true, scenarios: results.map(scenarioJson), node: process.version });
}

function scenarioJson({ scenario, seeds, subjects }: ScenarioResult): object {
  const [first] = scenario.measures;
  const ours = subjects.find(({ name }) => name === OURS) as SubjectResult;
  const peers = subjects.filter(({ name }) => name !== OURS);
  const medianOf = ({ figures }: SubjectResult) => figures.get(first)?.median ?? 0;
  return {
    name: scenario.name,
    unit: first,
    seeds,
    ours: figuresJson(ours),
    peers: Object.fromEntries(peers.map((peer) => [peer.name, figuresJson(peer)])),
    ratio: Object.fromEntries(
      peers.map((peer) => [peer.name, medianOf(peer) === 0 ? null : medianOf(ours) / medianOf(peer)]),
    ),
  };
}

function figuresJson({ figures, isUnstable, comparison }: SubjectResult): object {
  const pairs = comparison && { wins: comparison.wins, losses: comparison.losses, p: comparison.p };
  return { ...Object.fromEntries(figures), isUnstable, ...(pairs && { oursAgainstIt: pairs }) };
}
