/**
 * Tickets for a browser's EventSource, which cannot send `Authorization`: one ticket opens one event stream of one caller (decision 0061).
 *
 *   POST …/tickets ──► ticket ──► GET …/events?ticket= ──► events, each id with a proof ──► GET again, with the proof in Last-Event-ID
 *                         once, within 30 s                       as often as the connection breaks, for an hour
 *
 * The URL alone opens the stream once. What a log or a history has of it is no credential after that: a request that connects again needs
 * the proof, which only the reader of the stream has got. Both are signed, so that any gateway with the same IDENTITY_SECRET takes
 * them; that a ticket was used is in the buckets of the limits, which all gateways share with Redis.
 */

import { createHmac, type KeyObject, randomBytes, timingSafeEqual } from "node:crypto";
import type { Clock } from "@agent-team/foundation/clock";
import type { Caller } from "../caller.ts";
import { unauthenticated } from "./refusal.ts";

export interface TicketsOptions {
  /** The first signs, each is accepted: IDENTITY_SECRET. Without one (AUTH_MODE=none) no ticket is ever checked. */
  readonly secrets: readonly KeyObject[] | undefined;
  readonly clock: Clock;
  /** Resolves to true once for each id within a minute. */
  readonly isFirstUse: (id: string) => Promise<boolean>;
}

export interface IssuedTicket {
  readonly ticket: string;
  /** Until then the stream may be opened, in epoch milliseconds. */
  readonly connectBeforeMs: number;
  /** Until then it may be opened again with its proof. An open stream goes on after it. */
  readonly reconnectBeforeMs: number;
}

export interface AdmittedReader {
  readonly caller: Caller;
  /** For the ids of the events: see `event-proof.ts`. */
  readonly proof: string;
}

/** A page opens its EventSource right after it has the ticket. Shorter than the minute for which a used one is known. */
const CONNECT_WITHIN_MS = 30_000;

/**
 * How far the clock of the gateway that issued a ticket may be ahead. With the 30 s it is a minute: no ticket outlives the minute for
 * which its use is known.
 */
const MAX_AHEAD_MS = 30_000;

/** As long as an access token of Supabase lives by default. After it the page asks for another ticket. */
const RECONNECT_WITHIN_MS: number = 60 * 60_000;

/** Separates the keys of tickets from those of identities: neither accepts a signature of the other. */
const PURPOSE = "agent-team event ticket 1";

/** A subject has 256 bytes at most, of which JSON may make six characters each. */
const TICKET = /^([A-Za-z0-9_-]{1,4096})\.([A-Za-z0-9_-]{43})$/;

type Payload = readonly [id: string, subject: string, path: string, issuedMs: number];

export class Tickets {
  readonly #keys: readonly [Buffer, ...Buffer[]];
  readonly #clock: Clock;
  readonly #isFirstUse: TicketsOptions["isFirstUse"];

  constructor({ secrets = [], clock, isFirstUse }: TicketsOptions) {
    const [first = randomBytes(32), ...others] = secrets.map((secret) => mac(secret, PURPOSE));
    this.#keys = [first, ...others];
    this.#clock = clock;
    this.#isFirstUse = isFirstUse;
  }

  /** @param path of the one stream: `/v1/turns/{id}/events` */
  issue(subject: string, path: string): IssuedTicket {
    const issuedMs = Math.floor(this.#clock.wallNow());
    const payload: Payload = [randomBytes(16).toString("base64url"), subject, path, issuedMs];
    const signed = Buffer.from(JSON.stringify(payload)).toString("base64url");
    return {
      ticket: `${signed}.${mac(this.#keys[0], signed).toString("base64url")}`,
      connectBeforeMs: issuedMs + CONNECT_WITHIN_MS,
      reconnectBeforeMs: issuedMs + RECONNECT_WITHIN_MS,
    };
  }

  /**
   * The reader of the stream at `path`. `proof`: of its `Last-Event-ID`, if it has one.
   * @throws RequestError 401
   */
  async admit(ticket: string, path: string, proof: string | undefined): Promise<AdmittedReader> {
    const [id, subject, itsPath, issuedMs] = this.#read(ticket);
    if (itsPath !== path) throw unauthenticated("TICKET_INVALID", "the ticket is for another stream");
    const ageMs = this.#clock.wallNow() - issuedMs;
    if (proof !== undefined && this.#isProof(proof, id)) {
      if (ageMs >= RECONNECT_WITHIN_MS) throw unauthenticated("TICKET_EXPIRED", "the ticket has expired");
    } else {
      if (ageMs < -MAX_AHEAD_MS)
        throw unauthenticated("TICKET_INVALID", "the ticket is of a time that has not come yet");
      if (ageMs >= CONNECT_WITHIN_MS) throw unauthenticated("TICKET_EXPIRED", "the ticket was not used in time");
      if (!(await this.#isFirstUse(id))) throw unauthenticated("TICKET_USED", "the ticket was used");
    }
    return { caller: { subject, scopes: [] }, proof: this.#proofs(id)[0] ?? "" };
  }

  #read(ticket: string): Payload {
    const [, signed = "", given = ""] = TICKET.exec(ticket) ?? [];
    if (!this.#keys.some((key) => isEqual(mac(key, signed).toString("base64url"), given)))
      throw unauthenticated("TICKET_INVALID", "the ticket is malformed, or its signature is wrong");
    return JSON.parse(Buffer.from(signed, "base64url").toString()) as Payload;
  }

  #isProof(given: string, id: string): boolean {
    return this.#proofs(id).some((proof) => isEqual(proof, given));
  }

  /** By each key. 128 bits; the space keeps it apart from what a ticket signs. */
  #proofs(id: string): readonly string[] {
    return this.#keys.map((key) => mac(key, `proof ${id}`).subarray(0, 16).toString("base64url"));
  }
}

function mac(key: KeyObject | Buffer, text: string): Buffer {
  return createHmac("sha256", key).update(text).digest();
}

/** Compares the texts, not the bytes that they decode to: so each MAC has only one accepted form. */
function isEqual(expected: string, given: string): boolean {
  const [a, b] = [Buffer.from(expected), Buffer.from(given)];
  return a.byteLength === b.byteLength && timingSafeEqual(a, b);
}
