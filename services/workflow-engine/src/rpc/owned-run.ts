import { Code, type ConnectError } from "@connectrpc/connect";
import { isId } from "../ids.ts";
import type { JournalRunLog } from "../store/journal-run-log.ts";
import { isTombstone } from "../store/tombstone.ts";
import { rpcError } from "./errors.ts";
import type { RunServices } from "./run-services.ts";

/** @throws NOT_FOUND for a run that does not exist, was deleted, or belongs to another owner: a caller cannot tell which */
export async function ownedRun(id: string, owner: string, { runs }: RunServices): Promise<JournalRunLog> {
  const log = isId(id) ? await runs.find(id) : undefined;
  if (log !== undefined && !isTombstone(log) && log.header.owner === owner) return log;
  throw runNotFound();
}

export function runNotFound(): ConnectError {
  return rpcError(Code.NotFound, "RUN_NOT_FOUND", "there is no such run");
}

export function nodeNotFound(): ConnectError {
  return rpcError(Code.NotFound, "NODE_NOT_FOUND", "the run has not reached such a node");
}
