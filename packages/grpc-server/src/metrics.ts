import type { LiveCalls } from "./call/live-calls.ts";
import { statusName } from "./call/status.ts";

/** A process's numbers in the Prometheus text format. */
export function renderProcessMetrics(startedAtMs: number): string {
  return [
    "# HELP process_start_time_seconds Start of the process, in seconds since the Unix epoch.",
    "# TYPE process_start_time_seconds gauge",
    `process_start_time_seconds ${(startedAtMs / 1000).toFixed(3)}`,
    "# HELP process_resident_memory_bytes Resident memory.",
    "# TYPE process_resident_memory_bytes gauge",
    `process_resident_memory_bytes ${process.memoryUsage.rss()}`,
    "",
  ].join("\n");
}

/** A gRPC server's numbers in the Prometheus text format. */
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
