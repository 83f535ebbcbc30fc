import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { text as textOf } from "node:stream/consumers";
import { chatCompletions } from "./model-server/chat-completions.ts";
import type { Dialect, ModelServerUsage, SentEvent } from "./model-server/dialect.ts";
import { messages } from "./model-server/messages.ts";
import { responses } from "./model-server/responses.ts";

/** What the server does with one request. Texts are sent in pieces of a few characters. */
export type ModelAnswer =
  | { readonly kind: "text"; readonly text: string; readonly usage?: ModelServerUsage | undefined }
  /** Reaches its token limit after `text`. */
  | { readonly kind: "truncated"; readonly text: string }
  /** Sends `text`, and then only what `ping()` sends. */
  | { readonly kind: "stall"; readonly text: string }
  /** Sends `text`, and then closes the socket in the middle of an event. */
  | { readonly kind: "cut"; readonly text: string }
  /** Sends `text`, and ends the body properly, without the terminal event. */
  | { readonly kind: "early-end"; readonly text: string }
  /** Sends `text`, and then an error of this type, all with status 200. */
  | { readonly kind: "error-event"; readonly text: string; readonly type: string }
  /** Sends an event that is not JSON. */
  | { readonly kind: "garbage" }
  | {
      readonly kind: "status";
      readonly status: number;
      readonly type?: string | undefined;
      readonly message?: string | undefined;
      readonly headers?: Readonly<Record<string, string>> | undefined;
    };

/** One request that the server has received. */
export interface ModelRequest {
  readonly path: string;
  readonly headers: IncomingMessage["headers"];
  readonly body: Readonly<Record<string, unknown>>;
  /** Resolves when the client has closed the connection before the answer was whole. */
  readonly aborted: Promise<void>;
}

const PIECE = 7;
const USAGE: ModelServerUsage = { inputTokens: 100, outputTokens: 20 };

/**
 * A provider of language models on loopback, for tests. It speaks OpenAI's Responses and Chat Completions and Anthropic's
 * Messages on one port, keeps the requests, and answers them as `answers` says, one after another; the last answer repeats.
 */
export class ModelServer implements AsyncDisposable {
  readonly requests: ModelRequest[] = [];
  /** What to do with the next requests. */
  answers: ModelAnswer[] = [];
  readonly #server: Server;
  readonly #dialects: readonly Dialect[];
  readonly #stalled = new Map<ServerResponse, Dialect>();

  private constructor(server: Server, dialects: readonly Dialect[]) {
    this.#server = server;
    this.#dialects = dialects;
    server.on("request", (request, response) => {
      // A client may leave at any time: then there is no answer to send.
      this.#handle(request, response).catch(() => response.destroy());
    });
  }

  /** Resolves when it listens. `only`: the one API that it speaks; every other path is 404. Default: all three. */
  static async start(only?: "responses" | "chat" | "messages"): Promise<ModelServer> {
    const dialects = { responses, chat: chatCompletions, messages };
    const server = createServer().listen(0, "127.0.0.1");
    await once(server, "listening");
    return new ModelServer(server, only === undefined ? Object.values(dialects) : [dialects[only]]);
  }

  /** `http://127.0.0.1:port`: Anthropic's base URL. OpenAI's is this with `/v1`. */
  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Sends a ping on every connection that stalls. */
  ping(): void {
    for (const [response, dialect] of this.#stalled) response.write(toSse(dialect.ping()));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.close();
    this.#server.closeAllConnections();
    if (this.#server.listening) await once(this.#server, "close");
  }

  async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const dialect = this.#dialects.find(({ path }) => path === request.url);
    const body = JSON.parse(await textOf(request)) as ModelRequest["body"];
    const aborted = Promise.withResolvers<void>();
    response.once("close", () => {
      this.#stalled.delete(response);
      if (!response.writableEnded) aborted.resolve();
    });
    this.requests.push({ path: request.url ?? "", headers: request.headers, body, aborted: aborted.promise });
    if (dialect === undefined) {
      refuse(response, responses, { kind: "status", status: 404, type: "not_found_error" });
      return;
    }
    const answer = this.answers.length > 1 ? this.answers.shift() : this.answers[0];
    if (answer === undefined) throw new Error("the model server has no answer to give");
    if (answer.kind === "status") refuse(response, dialect, answer);
    else this.#stream(response, dialect, answer);
  }

  #stream(response: ServerResponse, dialect: Dialect, answer: Exclude<ModelAnswer, { readonly kind: "status" }>): void {
    response.writeHead(200, { "content-type": "text/event-stream; charset=utf-8" });
    const send = (...events: readonly SentEvent[]): void => void response.write(events.map(toSse).join(""));
    const usage = (answer.kind === "text" ? answer.usage : undefined) ?? USAGE;
    const text = answer.kind === "garbage" ? "" : answer.text;
    send(...dialect.opening(usage), ...piecesOf(text).map((piece) => dialect.text(piece)));
    switch (answer.kind) {
      case "text":
        send(...dialect.ending(text, usage, "complete"));
        response.end();
        return;
      case "truncated":
        send(...dialect.ending(text, usage, "truncated"));
        response.end();
        return;
      case "stall":
        this.#stalled.set(response, dialect);
        return;
      case "cut":
        response.write("data: {", () => response.destroy());
        return;
      case "early-end":
        response.end();
        return;
      case "error-event":
        send(dialect.error(answer.type));
        response.end();
        return;
      case "garbage":
        send({ ...dialect.text(""), data: '{"type": <html>' });
        response.end();
        return;
      default:
        answer satisfies never;
    }
  }
}

function refuse(
  response: ServerResponse,
  dialect: Dialect,
  { status, type = "api_error", message = "refused", headers }: Extract<ModelAnswer, { readonly kind: "status" }>,
): void {
  response.writeHead(status, { "content-type": "application/json", ...headers });
  response.end(JSON.stringify(dialect.errorBody(type, message)));
}

function toSse({ event, data }: SentEvent): string {
  const name = event === undefined ? "" : `event: ${event}\n`;
  return `${name}data: ${typeof data === "string" ? data : JSON.stringify(data)}\n\n`;
}

function piecesOf(text: string): readonly string[] {
  const characters = Array.from(text);
  const count = Math.ceil(characters.length / PIECE);
  return Array.from({ length: count }, (_, index) => characters.slice(index * PIECE, (index + 1) * PIECE).join(""));
}
