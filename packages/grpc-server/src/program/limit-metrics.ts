import { LIMITS, type LimitCounts } from "../limits.ts";

/** The limits that clients have reached, in the Prometheus text format. */
export function renderLimits(counts: LimitCounts): string {
  return [
    "# HELP grpc_server_limited_total Streams refused, and connections and calls ended, by the limit that a client reached.",
    "# TYPE grpc_server_limited_total counter",
    ...LIMITS.map((limit) => `grpc_server_limited_total{limit="${limit}"} ${counts.countOf(limit)}`),
    "",
  ].join("\n");
}
