import type { Clock } from "@agent-team/foundation/clock";
import type { Identity, IdentitySecrets } from "../identity.ts";
import { signToken } from "./token.ts";

/** Validity after the deadline of the call: clocks differ, and the call may arrive late. */
const GRACE_MS = 30_000;

/** Validity for a call without a deadline. Such a call watches something, and a longer watch makes a new call. */
const WATCH_MS: number = 10 * 60_000;

/**
 * Signs identities for calls, at the gateway, and at a service that calls another one for its caller. A service accepts
 * only an identity that names it, so it cannot forward the identity that it got.
 */
export interface IdentitySigner {
  /**
   * Signs the identity for calls to one service. Returns the text of the JWT.
   *
   * @param audience the called service, such as `workflow-engine`
   * @param timeoutMs the timeout of the call; undefined for a call without one
   */
  sign(identity: Identity, audience: string, timeoutMs: number | undefined): string;
}

/** Signs with the first of the secrets. */
export function createIdentitySigner([secret]: IdentitySecrets, clock: Clock): IdentitySigner {
  return {
    sign({ subject, scopes }, audience, timeoutMs) {
      const nowMs = clock.wallNow();
      const expiresMs = nowMs + (timeoutMs === undefined ? WATCH_MS : timeoutMs + GRACE_MS);
      const times = { issuedAtSeconds: Math.floor(nowMs / 1_000), expiresAtSeconds: Math.ceil(expiresMs / 1_000) };
      return signToken({ subject, scopes, audience, ...times }, secret);
    },
  };
}
