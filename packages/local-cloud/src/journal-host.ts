import type { HostPort } from "@agent-team/foundation/host-port";
import { InProcessJournal, serveJournal } from "@agent-team/journal";

/** The journal that all tasks share when they have no Redis. It outlives each task and ends with the cloud. */
export interface JournalHost {
  /** `JOURNAL_URL` of every task. */
  readonly url: string;
  close(): Promise<void>;
}

export async function startJournalHost(address: HostPort): Promise<JournalHost> {
  const journal = new InProcessJournal();
  const server = await serveJournal({ journal, ...address });
  return {
    url: server.url,
    async close() {
      await server.close();
      await journal.close();
    },
  };
}
