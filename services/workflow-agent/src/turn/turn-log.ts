import type { ProcessConversationResponse } from "@agent-team/contracts";
import {
  type TurnHeader,
  TurnHeaderSchema,
  type TurnRecord,
  TurnRecordSchema,
  type TurnStep,
  type TurnTaken,
} from "@agent-team/contracts/turn-log";
import { isJournalError, type Journal, type PutOptions } from "@agent-team/journal";
import {
  create,
  type DescMessage,
  fromBinary,
  type MessageInitShape,
  type MessageShape,
  toBinary,
} from "@bufbuild/protobuf";

/** The methods of a journal that turns use. */
export type TurnJournal = Pick<
  Journal,
  "get" | "put" | "append" | "read" | "delete" | "list" | "schedule" | "unschedule" | "claimDue"
>;

/** A record as it is appended. */
export type RecordInit = NonNullable<MessageInitShape<typeof TurnRecordSchema>["record"]>;

/** A stored turn has bytes that are no record. Without the error of the parser: reading them again does not help. */
export class UnreadableTurn extends Error {
  override readonly name: string = "UnreadableTurn";
  /** Of its document. */
  readonly key: string;

  constructor(id: string) {
    super(`turn ${id} cannot be read`);
    this.key = turnKey(id);
  }
}

/**
 * One stored turn: its request, and the events so far. Several agents have it open at once: an append by one of them reaches the
 * others when they refresh. An event is sent to callers only after it stands here.
 *
 * Who may append events is decided by `taking`: the last agent that took the turn.
 */
export class TurnLog {
  readonly id: string;
  readonly header: TurnHeader;
  readonly #journal: TurnJournal;
  readonly #steps: TurnStep[] = [];
  #taking: TurnTaken | undefined;
  #takings = 0;
  #reads = 0;
  /** Records that have been read. */
  #records = 0;
  #version: number;
  #isLost = false;
  /** One request at a time: a refresh during an append would read its records twice. */
  #previous: Promise<unknown> = Promise.resolve();

  private constructor(journal: TurnJournal, id: string, header: TurnHeader, version: number) {
    this.#journal = journal;
    this.id = id;
    this.header = header;
    this.#version = version;
  }

  /** Stores a new turn; `undefined` if there is one with this id. @throws JournalError */
  static async create(
    journal: TurnJournal,
    id: string,
    header: TurnHeader,
    options: PutOptions,
  ): Promise<TurnLog | undefined> {
    try {
      const value = toBinary(TurnHeaderSchema, header);
      const version = await journal.put(turnKey(id), value, { ...options, expectedVersion: 0 });
      return new TurnLog(journal, id, header, version);
    } catch (error) {
      if (isJournalError(error, "version-conflict")) return undefined;
      throw error;
    }
  }

  /** Reads a stored turn; `undefined` if there is none. @throws JournalError, UnreadableTurn */
  static async open(journal: TurnJournal, id: string): Promise<TurnLog | undefined> {
    const document = await journal.get(turnKey(id));
    if (document === undefined) return undefined;
    const log = new TurnLog(journal, id, decode(id, TurnHeaderSchema, document.value), document.version);
    await log.refresh();
    return log.isLost ? undefined : log;
  }

  /** Of its document. */
  get key(): string {
    return turnKey(this.id);
  }

  /** The events so far, in the order of their sequence numbers: 1, 2, 3, … */
  get steps(): readonly TurnStep[] {
    return this.#steps;
  }

  /** The agent that works on the turn; `undefined` before the first one. */
  get taking(): TurnTaken | undefined {
    return this.#taking;
  }

  /** How often an agent has taken the turn. */
  get takings(): number {
    return this.#takings;
  }

  /** Marks of callers that read through an agent which does not work on the turn. */
  get reads(): number {
    return this.#reads;
  }

  get hasEnded(): boolean {
    return isEnd(this.#steps.at(-1)?.event);
  }

  /** The store has no such turn any more: its conversation was deleted, or the store has lost it. */
  get isLost(): boolean {
    return this.#isLost;
  }

  /**
   * Appends what `next` returns, in one step. When another agent has appended meanwhile, `next` is asked again, so that it always
   * decides on all records before its own; without records nothing is appended. A caller that does not know the outcome may
   * repeat the call.
   * @throws JournalError, UnreadableTurn
   */
  append(next: () => readonly RecordInit[]): Promise<void> {
    return this.#inTurn(async () => {
      while (!this.#isLost) {
        const records = next().map((record) => create(TurnRecordSchema, { record }));
        if (records.length === 0 || (await this.#write(records))) return;
        await this.#readOn();
      }
    });
  }

  /** @throws JournalError */
  async remove(): Promise<void> {
    await this.#journal.delete(turnKey(this.id));
  }

  /** Reads what other agents have appended. @throws JournalError, UnreadableTurn */
  refresh(): Promise<void> {
    return this.#inTurn(() => this.#readOn());
  }

  /** False when another agent has written first. */
  async #write(records: readonly TurnRecord[]): Promise<boolean> {
    const bytes = records.map((record) => toBinary(TurnRecordSchema, record));
    const mayOverfill = records.some(isTakenByFullStore);
    try {
      const options = { expectedVersion: this.#version, mayOverfill };
      this.#version = await this.#journal.append(turnKey(this.id), bytes, options);
    } catch (error) {
      if (isJournalError(error, "version-conflict")) return false;
      throw error;
    }
    this.#add(records);
    return true;
  }

  async #readOn(): Promise<void> {
    for (;;) {
      const page = await this.#journal.read(turnKey(this.id), { after: this.#records });
      if (page === undefined) {
        this.#isLost = true;
        return;
      }
      if (page.version < this.#version) {
        this.#forget(page.version);
        continue;
      }
      this.#add(page.records.map((record) => decode(this.id, TurnRecordSchema, record)));
      this.#version = page.version;
      if (page.isLast) return;
    }
  }

  /** The store has lost the last records, as a replica may that takes over: what is left is read again. */
  #forget(version: number): void {
    this.#steps.length = 0;
    this.#taking = undefined;
    this.#takings = 0;
    this.#reads = 0;
    this.#records = 0;
    this.#version = version;
  }

  #add(records: readonly TurnRecord[]): void {
    this.#records += records.length;
    for (const { record } of records) {
      if (record.case === "step") this.#steps.push(record.value);
      if (record.case === "read") this.#reads += 1;
      if (record.case === "taken") {
        this.#taking = record.value;
        this.#takings += 1;
      }
    }
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#previous.then(work);
    this.#previous = result.catch(() => {});
    return result;
  }
}

function decode<Desc extends DescMessage>(id: string, schema: Desc, bytes: Uint8Array): MessageShape<Desc> {
  try {
    return fromBinary(schema, bytes);
  } catch {
    throw new UnreadableTurn(id);
  }
}

/** The key of the document of a turn: it lies beside its conversation. */
function turnKey(id: string): string {
  const [tag, name] = id.split(".");
  return `at:{${tag}}:turn/${name}`;
}

/** The end, so that the turn does not begin again, and the few bytes of a reader's mark, so that it does not end as one without a reader. */
function isTakenByFullStore({ record }: TurnRecord): boolean {
  return record.case === "read" || (record.case === "step" && isEnd(record.value.event));
}

function isEnd(event: ProcessConversationResponse | undefined): boolean {
  return event?.event.case === "turnCompleted" || event?.event.case === "turnFailed";
}
