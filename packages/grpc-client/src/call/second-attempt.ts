/**
 * When a call gets a second attempt beside the one that is under way: as a hedge, because that takes longer than most, or as a move,
 * because its peer is silent. In: the delay, the silence. Out: one pick on an endpoint that the call has not tried.
 */

import type { EndpointLoad } from "../endpoint-load.ts";
import type { CompletePick, PickInfo } from "../picker.ts";
import type { CallDeps } from "./call-deps.ts";
import { HedgeTimer } from "./hedge-timer.ts";
import type { Hedging } from "./hedging.ts";

/** A call that may run twice at the same time. */
export interface TwiceRunningCall extends PickInfo {
  readonly attempts: number;
  /** All attempts that have begun. `tried` forgets the earlier ones when the call comes to an endpoint again. */
  readonly opened: number;
  readonly deadlineMs: number;
  /** One attempt is under way, and everything that it was sent can be sent again. */
  readonly hasOneAttempt: boolean;
  openBeside(pick: CompletePick): void;
}

export class SecondAttempt {
  readonly #call: TwiceRunningCall;
  readonly #deps: CallDeps;
  #timer: HedgeTimer | undefined;

  constructor(call: TwiceRunningCall, deps: CallDeps) {
    this.#call = call;
    this.#deps = deps;
  }

  /** The first attempt begins. */
  planHedge(): void {
    const { clock, deadlines, hedging } = this.#deps;
    const delayMs = hedging?.didStart();
    if (hedging === undefined || delayMs === undefined) return;
    this.#timer = new HedgeTimer(clock.now() + delayMs, () => this.#hedge(hedging));
    deadlines.add(this.#timer);
  }

  /** The peer of the attempt is silent: the attempt may be lost. */
  move({ areMovesFree }: EndpointLoad): void {
    const { permits, rules } = this.#deps;
    const tokens = areMovesFree ? 0 : 1;
    if (this.#call.attempts + 1 >= rules.maxAttempts || permits.balance < tokens) return;
    if (this.#tryOpen()) permits.tryWithdraw(tokens, this.#call.method.path);
  }

  stop(): void {
    if (this.#timer !== undefined) this.#deps.deadlines.remove(this.#timer);
  }

  #hedge(hedging: Hedging): void {
    if (this.#call.opened > 1 || !hedging.mayHedge) return;
    if (this.#tryOpen()) hedging.didHedge(this.#call.method.path);
  }

  /** False: there can be none now. */
  #tryOpen(): boolean {
    const { picks, clock, events, latency } = this.#deps;
    const call = this.#call;
    if (!call.hasOneAttempt) return false;
    if (latency.p50Ms !== undefined && call.deadlineMs - clock.now() < latency.p50Ms) return false;
    const pick = picks.tryPick({
      method: call.method,
      tried: call.tried,
      onlyUntried: true,
      attempts: call.attempts + 1,
    });
    if (pick === undefined) return false;
    events.emit(() => ({ type: "call-hedged", method: call.method.path, endpoint: pick.subchannel.key }));
    call.openBeside(pick);
    return true;
  }
}
