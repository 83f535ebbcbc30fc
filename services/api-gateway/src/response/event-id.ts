/** The ids of a turn's server-sent events: a client sends the last one back as `Last-Event-ID`, and gets what follows. */

export interface EventCursor {
  readonly turnId: string;
  readonly sequence: number;
  /** Empty: only the sequence counts. */
  readonly fence: string;
}

/** `<turn>.<sequence>-<fence>`. The id of a turn has a dot of its own, and a fence has a hyphen. */
const EVENT_ID = /^([A-Za-z0-9._]{1,128})\.(\d{1,9})-([A-Za-z0-9-]{0,64})$/;

export function formatEventId({ turnId, sequence, fence }: EventCursor): string {
  return `${turnId}.${sequence}-${fence}`;
}

/** `undefined` for text that `formatEventId` does not make. */
export function parseEventId(text: string): EventCursor | undefined {
  const [, turnId, sequence, fence] = EVENT_ID.exec(text) ?? [];
  if (turnId === undefined || fence === undefined) return undefined;
  return { turnId, sequence: Number(sequence), fence };
}
