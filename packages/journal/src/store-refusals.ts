import type { Clock } from "@agent-team/foundation/clock";

/** Each request to a full store may be refused: one report of each kind in this time. */
const REPORT_MS = 60_000;

export interface StoreRefusalsOptions<What extends string> {
  readonly clock: Clock;
  /** Everything that may be refused, for instance "runs". The figures begin with 0. */
  readonly kinds: readonly What[];
  /** Called at the first refusal of a kind, and then at most once a minute. `refused`: how many since the report before. */
  readonly onReport: (report: { readonly what: What; readonly refused: number }) => void;
}

/** Counts what a store without room has refused, for the log and for `/metrics`. */
export class StoreRefusals<What extends string> {
  readonly #options: StoreRefusalsOptions<What>;
  readonly #counts: Map<What, number>;
  readonly #reported = new Map<What, { readonly count: number; readonly atMs: number }>();

  constructor(options: StoreRefusalsOptions<What>) {
    this.#options = options;
    this.#counts = new Map(options.kinds.map((what) => [what, 0]));
  }

  didRefuse(what: What): void {
    const { clock, onReport } = this.#options;
    const count = (this.#counts.get(what) ?? 0) + 1;
    this.#counts.set(what, count);
    const before = this.#reported.get(what);
    const nowMs = clock.now();
    if (before !== undefined && nowMs - before.atMs < REPORT_MS) return;
    this.#reported.set(what, { count, atMs: nowMs });
    onReport({ what, refused: count - (before?.count ?? 0) });
  }

  /** In the Prometheus text format. */
  render(): string {
    return [
      "# HELP store_full_refusals_total Requests that were refused because the store had no room, by what they were to store.",
      "# TYPE store_full_refusals_total counter",
      ...[...this.#counts].map(([what, count]) => `store_full_refusals_total{what="${what}"} ${count}`),
      "",
    ].join("\n");
  }
}

/** For the log line of a report. */
export const STORE_FULL_REMEDY: string =
  "the store has no room and refuses new documents: raise its memory (maxmemory of Redis), or delete documents";
