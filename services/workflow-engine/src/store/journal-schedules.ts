import type { Journal } from "@agent-team/journal";
import type { ScheduleState, Schedules } from "../schedules.ts";
import { decodeDocument, encodeDocument } from "./document.ts";

const QUEUE = "schedules";

/** All states, for the queue that has lost some. */
const INDEX = "schedules";
const PREFIX = "schedule/";
const PAGE = 100;

/** Triggers that one engine looks at in one tick; the next tick takes the others. */
const MAX_TAKEN = 100;

/** `Schedules` on the due times and documents of the journal. */
export class JournalSchedules implements Schedules {
  readonly #journal: Journal;
  readonly #leaseMs: number;

  constructor(journal: Journal, leaseMs: number) {
    this.#journal = journal;
    this.#leaseMs = leaseMs;
  }

  arm(workflowId: string, inMs: number): Promise<void> {
    return this.#journal.schedule(QUEUE, [workflowId], inMs);
  }

  takeDue(): Promise<readonly string[]> {
    return this.#journal.claimDue(QUEUE, { limit: MAX_TAKEN, leaseMs: this.#leaseMs });
  }

  async putMissing(): Promise<void> {
    let after: string | undefined;
    do {
      const page = await this.#journal.list(INDEX, { limit: PAGE, after });
      const ids = page.documents.map(({ key }) => key.slice(PREFIX.length));
      await this.#journal.schedule(QUEUE, ids, 0, { onlyMissing: true });
      after = page.next;
    } while (after !== undefined);
  }

  async read(workflowId: string): Promise<ScheduleState | undefined> {
    const document = await this.#journal.get(keyOf(workflowId));
    return document === undefined ? undefined : decodeDocument<ScheduleState>(document.value);
  }

  async write(workflowId: string, state: ScheduleState): Promise<void> {
    await this.#journal.put(keyOf(workflowId), encodeDocument(state), { indexes: [INDEX] });
  }

  async remove(workflowId: string): Promise<void> {
    await this.#journal.delete(keyOf(workflowId));
    await this.#journal.unschedule(QUEUE, [workflowId]);
  }
}

function keyOf(workflowId: string): string {
  return PREFIX + workflowId;
}
