import { createHmac, type KeyObject, timingSafeEqual } from "node:crypto";

/** What a link is about. */
export interface ApprovalRef {
  readonly runId: string;
  readonly nodeId: string;
  /** The owner of the run: a link of a run that was copied to another owner would not hold. */
  readonly owner: string;
}

export interface ApprovalLinksOptions {
  /** The first signs, each is accepted: IDENTITY_SECRET. */
  readonly secrets: readonly KeyObject[];
  /** Where people reach the gateway, without a slash at the end. */
  readonly publicUrl: string;
}

/** Keeps the keys of links and of identities apart: a signature of one kind is none of the other. */
const PURPOSE = "agent-team approval link 1";

const TOKEN = /^([0-9a-z]{1,12})\.([A-Za-z0-9_-]{43})$/;

/**
 * Signed links to approvals. A link names the run, the node and the second at which it ends; the signature is over these and the owner,
 * so that nobody can make a link for another node or keep one open. No store is asked to check one.
 */
export class ApprovalLinks {
  readonly #keys: readonly Buffer[];
  readonly #publicUrl: string;

  constructor({ secrets, publicUrl }: ApprovalLinksOptions) {
    this.#keys = secrets.map((secret) => createHmac("sha256", secret).update(PURPOSE).digest());
    this.#publicUrl = publicUrl;
  }

  urlOf(ref: ApprovalRef, expiresMs: number): string {
    const expires = Math.ceil(expiresMs / 1_000).toString(36);
    const [key] = this.#keys;
    if (key === undefined) throw new Error("links need a secret");
    const token = `${expires}.${sign(key, ref, expires).toString("base64url")}`;
    return `${this.#publicUrl}/v1/approvals/${ref.runId}/${ref.nodeId}/${token}`;
  }

  /** When the link ends, in epoch milliseconds; `undefined` for a token that was not made for this node. */
  expiryOf(ref: ApprovalRef, token: string): number | undefined {
    const [, expires = "", mac = ""] = TOKEN.exec(token) ?? [];
    if (expires === "") return undefined;
    const given = Buffer.from(mac, "base64url");
    // One accepted form: the last character of 32 bytes has bits that decoding drops.
    const isOurs =
      given.toString("base64url") === mac && this.#keys.some((key) => timingSafeEqual(sign(key, ref, expires), given));
    return isOurs ? Number.parseInt(expires, 36) * 1_000 : undefined;
  }
}

function sign(key: Buffer, { runId, nodeId, owner }: ApprovalRef, expires: string): Buffer {
  return createHmac("sha256", key)
    .update(JSON.stringify([runId, nodeId, owner, expires]))
    .digest();
}
