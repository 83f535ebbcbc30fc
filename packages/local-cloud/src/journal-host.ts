import type { HostPort } from "@agent-team/foundation/host-port";
import { InProcessJournal, serveJournal } from "@agent-team/journal/host";

/** The journal that all tasks share when they have no Redis. It outlives each task and ends with the cloud. */
export interface JournalHost {
  /** `JOURNAL_URL` of every task. */
  readonly url: string;
  /** Loads the gRPC server, for which the first task would wait otherwise. */
  load(): Promise<void>;
  close(): Promise<void>;
}

export async function startJournalHost(address: HostPort): Promise<JournalHost> {
  const journal = new InProcessJournal();
  const server = await serveJournal({ journal, ...address });
  return {
    url: server.url,
    load: () => server.load(),
    async close() {
      await server.close();
      await journal.close();
    },
  };
}
