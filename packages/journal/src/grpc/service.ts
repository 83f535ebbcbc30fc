/**
 * The gRPC service of a journal. It takes a tenth of a second to load, for which reason `server.ts` loads it beside other
 * work.
 */

import { JournalService, type PutDocumentRequest } from "@agent-team/contracts/journal";
import { createEmbeddedServer, type EmbeddedServer, service } from "@agent-team/grpc-server/embedded";
import type { Journal, PutOptions } from "../journal.ts";
import { MAX_MESSAGE_BYTES } from "./limits.ts";
import { toStatus } from "./refusal.ts";

/** Answers calls from `journal`, which stays open when the server is closed. */
export function createJournalServer(journal: Journal): EmbeddedServer {
  return createEmbeddedServer({ services: [serviceOf(journal)], maxReceiveMessageBytes: MAX_MESSAGE_BYTES });
}

function serviceOf(journal: Journal): ReturnType<typeof service> {
  return service(JournalService, {
    getDocument: ({ key }) =>
      answer(async () => {
        const found = await journal.get(key);
        return { document: found && { key, value: found.value, version: BigInt(found.version) } };
      }),
    putDocument: (request) =>
      answer(async () => ({ version: BigInt(await journal.put(request.key, request.value, optionsOf(request))) })),
    appendRecords: ({ key, records, expectedVersion, value, mayOverfill }) =>
      answer(async () => {
        const options = { expectedVersion: Number(expectedVersion), value, mayOverfill };
        return { version: BigInt(await journal.append(key, records, options)) };
      }),
    readRecords: ({ key, after }) =>
      answer(async () => {
        const page = await journal.read(key, { after: Number(after) });
        if (page === undefined) return {};
        return {
          page: { ...page, records: [...page.records], next: BigInt(page.next), version: BigInt(page.version) },
        };
      }),
    deleteDocument: ({ key, expectedVersion }) =>
      answer(async () => ({ deleted: await journal.delete(key, { expectedVersion: toNumber(expectedVersion) }) })),
    listDocuments: ({ index, limit, after }) =>
      answer(async () => {
        const { documents, next } = await journal.list(index, { limit, after });
        return { documents: documents.map((document) => ({ ...document, version: BigInt(document.version) })), next };
      }),
    schedule: ({ queue, keys, inMs, onlyMissing }) =>
      answer(async () => {
        await journal.schedule(queue, keys, Number(inMs), { onlyMissing });
        return {};
      }),
    unschedule: ({ queue, keys }) =>
      answer(async () => {
        await journal.unschedule(queue, keys);
        return {};
      }),
    claimDue: ({ queue, limit, leaseMs }) =>
      answer(async () => ({ keys: [...(await journal.claimDue(queue, { limit, leaseMs: Number(leaseMs) }))] })),
  });
}

async function answer<Response>(ask: () => Promise<Response>): Promise<Response> {
  try {
    return await ask();
  } catch (error) {
    throw toStatus(error);
  }
}

function optionsOf({ expectedVersion, indexes, quota }: PutDocumentRequest): PutOptions {
  return {
    expectedVersion: toNumber(expectedVersion),
    indexes: indexes?.names,
    quota: quota && {
      index: quota.index,
      maxDocuments: Number(quota.maxDocuments),
      maxBytes: Number(quota.maxBytes),
    },
  };
}

function toNumber(version: bigint | undefined): number | undefined {
  return version === undefined ? undefined : Number(version);
}
