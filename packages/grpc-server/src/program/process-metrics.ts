/** The figures of a process in the Prometheus text format. */
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
