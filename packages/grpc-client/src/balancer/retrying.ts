/**
 * Where retries go. In: the candidates of a picker. Out: the picker, with a rule for retries where the candidates make one necessary.
 *
 * - Panic admits ejected endpoints because too few others are left. It admits no retry there: a call that has failed once would most
 *   likely fail again, and load is what a failing service can use least (R15).
 * - The second retry prefers a zone that the call has not met: two failures in one zone are a sign that the zone is the fault (R7).
 */

import type { Pick, Picker, PickInfo } from "../picker.ts";
import type { Candidate } from "./candidate.ts";

type CreatePicker = (candidates: readonly Candidate[]) => Picker;

const DROP: Pick = { kind: "drop" };

/** Adds nothing where all candidates are eligible and in one zone, so that picks there pay nothing. */
export function withRetryRules(candidates: readonly Candidate[], create: CreatePicker): Picker {
  const picker = create(candidates);
  const eligible = candidates.filter(({ load }) => load.isEligible);
  const areAllEligible = eligible.length === candidates.length;
  if (areAllEligible && new Set(eligible.map(zoneOf)).size < 2) return picker;
  return new RetryingPicker(picker, areAllEligible ? picker : create(eligible), eligible, create);
}

class RetryingPicker implements Picker {
  readonly #first: Picker;
  readonly #again: Picker;
  readonly #eligible: readonly Candidate[];
  readonly #create: CreatePicker;

  /** `again`: of the eligible candidates only. */
  constructor(first: Picker, again: Picker, eligible: readonly Candidate[], create: CreatePicker) {
    this.#first = first;
    this.#again = again;
    this.#eligible = eligible;
    this.#create = create;
  }

  pick(info: PickInfo): Pick {
    const { attempts = 0 } = info;
    if (attempts === 0) return this.#first.pick(info);
    if (this.#eligible.length === 0) return DROP;
    return (attempts > 1 ? this.#pickElsewhere(info) : undefined) ?? this.#again.pick(info);
  }

  /** Undefined when no other zone has room. Second retries are rare, so this picker may allocate. */
  #pickElsewhere(info: PickInfo): Pick | undefined {
    const met = new Set(this.#eligible.filter(({ key }) => info.tried.includes(key)).map(zoneOf));
    const elsewhere = this.#eligible.filter((candidate) => !met.has(zoneOf(candidate)));
    if (elsewhere.length === 0 || met.size === 0) return undefined;
    const pick = this.#create(elsewhere).pick(info);
    return pick.kind === "complete" ? pick : undefined;
  }
}

function zoneOf({ endpoint }: Candidate): string | undefined {
  return endpoint.zone;
}
