import type { Clock } from "@agent-team/foundation/clock";
import type { Random } from "@agent-team/foundation/random";
import { type Api, StaleAnswerError } from "../api/api.ts";
import { messageOf } from "../api/problem.ts";
import type { AppState } from "./app-state.ts";
import type { Store } from "./store.ts";
import type { TabMemory } from "./tab-memory.ts";

/** What each part of the page's logic works with. */
export interface Parts {
  readonly api: Api;
  readonly store: Store<AppState>;
  readonly memory: TabMemory;
  readonly clock: Clock;
  readonly random: Random;
  /** A new id: 128 random bits in hex. */
  readonly newId: () => string;
  readonly slots: StreamSlots;
}

/** Places for streams that last, which are few. */
export interface StreamSlots {
  /** Resolves to what gives the place back; to undefined when there is none now. */
  take(): Promise<(() => void) | undefined>;
}

/** Runs an action of the person: its buttons wait meanwhile, and a failure is shown. Resolves to undefined after a failure. */
export async function act<Result>(
  { store }: Parts,
  name: string,
  action: () => Promise<Result>,
): Promise<Result | undefined> {
  if (store.state.busy !== "") return undefined;
  store.update((state) => ({ ...state, busy: name, fault: "" }));
  try {
    return await action();
  } catch (error) {
    if (error instanceof StaleAnswerError) return undefined; // another person may see the page now
    store.update((state) => ({ ...state, fault: messageOf(error), announcement: messageOf(error) }));
    return undefined;
  } finally {
    store.update((state) => ({ ...state, busy: "" }));
  }
}
