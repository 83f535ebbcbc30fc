import type { LiveCalls } from "./live-calls.ts";
import { statusName } from "./status.ts";

/** The calls of a gRPC server in the Prometheus text format. */
export function renderCallMetrics(calls: LiveCalls): string {
  const byCode = [...calls.endedByCode].map(
    ([code, count]) => `grpc_server_handled_total{grpc_code="${statusName(code)}"} ${count}`,
  );
  return [
    "# HELP grpc_server_in_flight Calls that have reached their handler and have not ended.",
    "# TYPE grpc_server_in_flight gauge",
    `grpc_server_in_flight ${calls.inFlight}`,
    "# HELP grpc_server_handled_total Calls that have ended, by status.",
    "# TYPE grpc_server_handled_total counter",
    ...byCode,
    "",
  ].join("\n");
}
