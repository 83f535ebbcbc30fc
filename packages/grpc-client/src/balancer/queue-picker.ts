import type { Picker } from "../picker.ts";

const QUEUE = { kind: "queue", until: "ready" } as const;

/** For the time before the first answer of a resolver, and while connections are made. */
export const QUEUE_PICKER: Picker = { pick: () => QUEUE };
