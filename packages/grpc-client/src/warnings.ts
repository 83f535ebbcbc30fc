/** What users are told once for each process, by Node's warnings. */

const SAID = new Set<string>();

/** Emits a warning unless the same one has been emitted. `process.on("warning")` and `--trace-warnings` show it. */
export function warnOnce(message: string): void {
  if (SAID.has(message)) return;
  SAID.add(message);
  process.emitWarning(message, { type: "GrpcClientWarning", code: "AGENT_TEAM_GRPC_CLIENT" });
}
