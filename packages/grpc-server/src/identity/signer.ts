import type { Clock } from "@agent-team/foundation/clock";
import type { Identity, IdentitySecrets } from "../identity.ts";
import { signToken } from "./token.ts";

/** An identity outlives its call's deadline by this much, in ms: clocks differ, and the last call made on the way may be late. */
const graceMs = 30_000;

/** What a call without a deadline gets, in ms: it is a watch, and whoever watches on makes a new call. */
const watchMs: number = 10 * 60_000;

/**
 * Signs identities for calls. The gateway does, and so does a service that calls another for its caller: each service
 * accepts only what was made for it, so an identity cannot be passed on as it came.
 */
export interface IdentitySigner {
  /**
   * Signs the identity for calls to one service. Returns the text of the JWT.
   *
   * @param audience the service that is called, such as `workflow-engine`
   * @param timeoutMs how long the call may take; undefined for one without a limit
   */
  sign(identity: Identity, audience: string, timeoutMs: number | undefined): string;
}

/** A signer with the first of the secrets. */
export function createIdentitySigner([secret]: IdentitySecrets, clock: Clock): IdentitySigner {
  return {
    sign({ subject, scopes }, audience, timeoutMs) {
      const nowMs = clock.wallNow();
      const expiresMs = nowMs + (timeoutMs === undefined ? watchMs : timeoutMs + graceMs);
      const times = { issuedAtSeconds: Math.floor(nowMs / 1_000), expiresAtSeconds: Math.ceil(expiresMs / 1_000) };
      return signToken({ subject, scopes, audience, ...times }, secret);
    },
  };
}
