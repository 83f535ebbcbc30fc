import type { NodeTypeInfo } from "@agent-team/contracts";
import type { Clock } from "@agent-team/foundation/clock";
import { IDENTITY_HEADER, type Identity, type IdentitySigner } from "@agent-team/grpc-server";
import type { EngineClient } from "./validate.ts";

/** The engine's node catalogue, asked for on behalf of `caller`; undefined if the engine has not answered yet. Rejects only if `signal` aborts. */
export type ReadCatalogue = (caller: Identity, signal: AbortSignal) => Promise<readonly NodeTypeInfo[] | undefined>;

export interface CatalogueOptions {
  readonly clock: Clock;
  /** Deadline of the call. Default 5,000: an engine that has just started on a small task needs some of it. */
  readonly timeoutMs?: number | undefined;
  /** Signs the identity of the caller. Default: absent, and no identity is sent. */
  readonly identity?: IdentitySigner | undefined;
}

/** The catalogue changes with a deployment of the engine, and a draft from an old one is checked by the new one. */
const FRESH_MS = 60_000;

/** Asks the engine at most once a minute. While it does not answer, the last catalogue is good. */
export function createCatalogue(
  engine: Pick<EngineClient, "listNodeTypes">,
  { clock, timeoutMs = 5_000, identity }: CatalogueOptions,
): ReadCatalogue {
  let known: { readonly nodeTypes: readonly NodeTypeInfo[]; readonly untilMs: number } | undefined;
  return async (caller, signal) => {
    if (known !== undefined && clock.now() < known.untilMs) return known.nodeTypes;
    const headers =
      identity === undefined ? {} : { [IDENTITY_HEADER]: identity.sign(caller, "workflow-engine", timeoutMs) };
    try {
      const { nodeTypes } = await engine.listNodeTypes({}, { signal, timeoutMs, headers });
      known = { nodeTypes, untilMs: clock.now() + FRESH_MS };
    } catch {
      signal.throwIfAborted();
    }
    return known?.nodeTypes;
  };
}
