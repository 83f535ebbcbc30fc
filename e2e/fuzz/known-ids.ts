import { ID_KINDS, type IdKind } from "./words.ts";

/** As many of each kind are kept: what is deleted is still asked for, and then is no more. */
const KEPT = 30;

/** The ids that answers have had. */
export class KnownIds {
  readonly #ids = new Map<IdKind, string[]>(ID_KINDS.map((kind) => [kind, []]));

  constructor() {
    for (const id of ["c1", "c2", "c3", "c4", "c5", "c6"]) this.add("conversation", id);
    for (const kind of ["conversation", "workflow", "run", "turn"] as const) this.add(kind, `no-such-${kind}`);
    this.add("model", "agent-team");
    for (const id of ["start", "a", "b", "ask"]) this.add("node", id);
  }

  at(kind: IdKind, at: number): string {
    const ids = this.#ids.get(kind) ?? [];
    return ids[at % ids.length] ?? "";
  }

  add(kind: IdKind, id: unknown): void {
    const ids = this.#ids.get(kind) ?? [];
    if (typeof id !== "string" || id === "" || ids.includes(id)) return;
    ids.push(id);
    if (ids.length > KEPT) ids.splice(1, 1);
  }

  /** Learns from the JSON of an answer or of an event. */
  learn(operationId: string, json: unknown): void {
    if (typeof json !== "object" || json === null) return;
    const { id, turn_id, run_id, workflow_id, ticket } = json as Record<string, unknown>;
    this.add("ticket", ticket);
    this.add("turn", turn_id);
    this.add("run", run_id);
    // The one with the webhook stays.
    if (!this.#ids.get("hook")?.includes(String(workflow_id))) this.add("workflow", workflow_id);
    const { sequence, fence } = json as Record<string, unknown>;
    if (typeof turn_id === "string" && typeof fence === "string")
      this.add("event", `${turn_id}.${String(sequence)}-${fence}`);
    if (operationId.includes("Workflow")) this.add("workflow", id);
    if (operationId.endsWith("Run")) this.add("run", id);
  }
}
