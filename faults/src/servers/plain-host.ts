/**
 * A gRPC server on node:http2 without a gRPC library, so that it can answer in ways that no library allows. It logs each
 * call that reaches it.
 */

import { once } from "node:events";
import {
  constants,
  createServer,
  type Http2Server,
  type IncomingHttpHeaders,
  type ServerHttp2Session,
  type ServerHttp2Stream,
} from "node:http2";
import { systemClock } from "@agent-team/foundation/clock";
import { type Random, seededRandom } from "@agent-team/foundation/random";
import { AnnouncedHealth, HEALTH_WATCH_PATH } from "./announced-health.ts";
import { CallLog, CONNECTION } from "./call-log.ts";
import type { Failing, Manner } from "./manner.ts";
import { Slots } from "./slots.ts";
import { answerMalformed, trickle } from "./unusual-answers.ts";
import { CALL_ID, encodeText, frame, MESSAGE_EVERY_MS, STREAM_MS, WATCH_PATH } from "./wire.ts";

export interface PlainHostInit {
  readonly host: string;
  readonly port: number;
  readonly logFolder: string;
  readonly serviceMs: number;
  readonly seed: number;
}

/** What node:http2 sends at most; its default is below what the scenarios ask for. */
const MAX_HEADER_BYTES = 4 << 20;

const RESPONSE = { ":status": 200, "content-type": "application/grpc" };
const OK = { "grpc-status": "0" };
/** gRPC's number. */
const RESOURCE_EXHAUSTED = 8;

export class PlainHost {
  readonly #init: PlainHostInit;
  readonly #server: Http2Server = createServer({ maxSendHeaderBlockLength: MAX_HEADER_BYTES });
  readonly #sessions = new Map<ServerHttp2Session, { lastStreamId: number; hasLeft: boolean }>();
  readonly #log: CallLog;
  readonly #random: Random;
  readonly #slots = new Slots();
  readonly #health = new AnnouncedHealth();
  #manner: Manner = {};

  constructor(init: PlainHostInit) {
    this.#init = init;
    this.#log = new CallLog(init.logFolder, init.host);
    this.#random = seededRandom(init.seed);
    this.#server.on("session", (session) => {
      this.#log.add(CONNECTION, 0, false);
      this.#sessions.set(session, { lastStreamId: 0, hasLeft: false });
      session.on("error", () => {}); // a client that breaks its connection is part of the tests
      session.on("close", () => this.#sessions.delete(session));
    });
    this.#server.on("stream", (stream, headers) => this.#didOpen(stream, headers));
  }

  async listen(): Promise<void> {
    this.#server.listen(this.#init.port, this.#init.host);
    await once(this.#server, "listening");
  }

  set manner(manner: Manner) {
    this.#manner = manner;
    this.#slots.limit = manner.slots ?? Number.POSITIVE_INFINITY;
    this.#slots.maxWaiting = manner.maxWaiting ?? Number.POSITIVE_INFINITY;
    this.#health.serves = manner.saysNotServing !== true;
  }

  /**
   * GOAWAY(NO_ERROR) on each connection, with the last stream that was processed. A higher id would be a lie: after its GOAWAY nghttp2
   * drops every stream that opens, without an answer, also below the id that it sent.
   */
  goaway(): void {
    for (const [session, state] of this.#sessions) {
      if (state.hasLeft || session.closed || session.destroyed) continue;
      state.hasLeft = true;
      session.goaway(constants.NGHTTP2_NO_ERROR, state.lastStreamId);
    }
  }

  #didOpen(stream: ServerHttp2Stream, headers: IncomingHttpHeaders): void {
    const state = this.#sessions.get(stream.session as ServerHttp2Session);
    const streamId = stream.id ?? 0;
    stream.on("error", () => {}); // the client reports it
    // Between `goaway` and the moment at which nghttp2 writes it, streams still open. GOAWAY says that they are not processed.
    if (state?.hasLeft === true) return stream.close(constants.NGHTTP2_REFUSED_STREAM);
    if (state !== undefined) state.lastStreamId = Math.max(state.lastStreamId, streamId);
    if (headers[":path"] === HEALTH_WATCH_PATH) this.#health.watch(stream);
    else this.#serve(stream, headers);
  }

  #serve(stream: ServerHttp2Stream, headers: IncomingHttpHeaders): void {
    const callId = String(headers[CALL_ID]);
    const attempt = 1 + Number(headers["grpc-previous-rpc-attempts"] ?? 0);
    const { fails } = this.#manner;
    const isRefused = fails !== undefined && this.#random() < (fails.ratio ?? 1);
    const isFull = this.#slots.isFull && headers[":path"] !== WATCH_PATH;
    this.#log.add(callId, attempt, !isRefused && !isFull);
    stream.resume(); // the message repeats the header
    if (isRefused) return void systemClock.setTimer(fails.afterMs, () => fail(stream, fails));
    if (isFull) return fail(stream, { status: RESOURCE_EXHAUSTED, pushbackMs: Math.round(50 + this.#random() * 100) });
    if (headers[":path"] === WATCH_PATH) return this.#watch(stream);
    this.#slots.run((end) => {
      // As a server whose handlers look at the cancellation of their calls.
      if (stream.destroyed || stream.closed) return end();
      const serviceMs = this.#init.serviceMs * (this.#manner.slowBy ?? 1);
      systemClock.setTimer(serviceMs, () => {
        end();
        this.#answer(stream, frame(encodeText(callId)));
      });
    });
  }

  #answer(stream: ServerHttp2Stream, message: Buffer): void {
    const { malformed, trickles, metadataBytes = 0 } = this.#manner;
    if (stream.destroyed || stream.closed) return;
    if (malformed !== undefined) return answerMalformed(stream, malformed, message);
    if (trickles === true) return trickle(stream, message);
    stream.on("wantTrailers", () => stream.sendTrailers(OK));
    const metadata = metadataBytes > 0 ? { "x-large": "m".repeat(metadataBytes) } : {};
    stream.respond({ ...RESPONSE, ...metadata }, { waitForTrailers: true });
    stream.end(message);
  }

  #watch(stream: ServerHttp2Stream): void {
    stream.on("wantTrailers", () => stream.sendTrailers(OK));
    stream.respond(RESPONSE, { waitForTrailers: true });
    let sentMs = 0;
    const send = (): void => {
      if (stream.destroyed || stream.closed) return;
      const message = frame(encodeText(String(sentMs)));
      if (sentMs >= STREAM_MS) return void stream.end(message);
      stream.write(message);
      sentMs += MESSAGE_EVERY_MS;
      systemClock.setTimer(MESSAGE_EVERY_MS, send);
    };
    send();
  }
}

/** Trailers-only, as servers answer that refuse a call. */
function fail(stream: ServerHttp2Stream, { status, pushbackMs }: Omit<Failing, "afterMs">): void {
  if (stream.destroyed || stream.closed) return;
  const pushback = pushbackMs === undefined ? {} : { "grpc-retry-pushback-ms": String(pushbackMs) };
  stream.respond(
    { ...RESPONSE, "grpc-status": String(status), "grpc-message": "scripted", ...pushback },
    { endStream: true },
  );
}
