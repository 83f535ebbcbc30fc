import { type CommandContext, UsageError } from "../command.ts";
import { GatewayError } from "./gateway-error.ts";
import { readEvents, type ServerEvent } from "./server-events.ts";

export type JsonObject = Readonly<Record<string, unknown>>;

/** The part of `--help` about the gateway. */
export const GATEWAY_USAGE = `  --url URL     of the gateway; default AGENT_TEAM_URL, else http://127.0.0.1:8000

  AGENT_TEAM_TOKEN  variable: an API key or an access token, for a gateway with authentication`;

interface Sent {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

interface Violation {
  readonly field: string;
  readonly description: string;
}

/** The HTTP API of a gateway. */
export class Gateway {
  readonly #url: string;
  readonly #headers: Readonly<Record<string, string>>;
  readonly #signal: AbortSignal;

  constructor(url: string, token: string | undefined, signal: AbortSignal) {
    this.#url = url;
    this.#headers = token ? { authorization: `Bearer ${token}` } : {};
    this.#signal = signal;
  }

  /** @throws GatewayError */
  async get(path: string): Promise<JsonObject> {
    return this.#json(path, await this.#send(path, {}));
  }

  /** @throws GatewayError */
  async post(path: string, body: JsonObject): Promise<JsonObject> {
    const headers = { "content-type": "application/json" };
    return this.#json(path, await this.#send(path, { method: "POST", headers, body: JSON.stringify(body) }));
  }

  /**
   * The server-sent events behind the one with this id; all of them for "". `undefined`: there will be no more.
   * @throws GatewayError; the iteration throws when the connection breaks
   */
  async events(path: string, lastEventId: string): Promise<AsyncIterable<ServerEvent> | undefined> {
    const headers = { accept: "text/event-stream", ...(lastEventId === "" ? {} : { "last-event-id": lastEventId }) };
    const { status, body } = await this.#send(path, { headers });
    return status === 204 || body === null ? undefined : readEvents(body);
  }

  async #send(path: string, { headers: more, ...init }: Sent): Promise<Response> {
    const headers = { accept: "application/json", ...this.#headers, ...more };
    const response = await fetch(this.#url + path, { ...init, headers, signal: this.#signal }).catch(
      (error: unknown) => {
        if (this.#signal.aborted) throw error;
        const reason = causeOf(error);
        const advice = `"npm start" runs one on this machine; --url names another`;
        throw new GatewayError(`no gateway answers at ${this.#url} (${reason}): ${advice}`, undefined, {
          cause: error,
        });
      },
    );
    if (response.ok) return response;
    throw new GatewayError(await this.#describe(response), response.status);
  }

  async #json(path: string, response: Response): Promise<JsonObject> {
    const body: unknown = await response.json().catch(() => undefined);
    if (body !== null && typeof body === "object") return body as JsonObject;
    throw new GatewayError(
      `${this.#url}${path} answers with no JSON object: is ${this.#url} a gateway?`,
      response.status,
    );
  }

  /** What the gateway says about a failure (RFC 9457), and what a person can do about it. */
  async #describe(response: Response): Promise<string> {
    const problem = (await response.json().catch(() => ({}))) as { detail?: unknown; errors?: unknown };
    const detail = typeof problem.detail === "string" ? problem.detail : `is ${this.#url} a gateway?`;
    const errors: readonly Violation[] = Array.isArray(problem.errors) ? problem.errors : [];
    const lines = errors.map(({ field, description }) => `  ${field}: ${description}`);
    const advice =
      response.status === 401 ? ["  AGENT_TEAM_TOKEN has the API key or the access token that is sent"] : [];
    return [`the gateway answers ${response.status}: ${detail}`, ...lines, ...advice].join("\n");
  }
}

/** The gateway of `--url`, or of the environment. @throws UsageError */
export function openGateway(given: string | undefined, { env, signal }: CommandContext): Gateway {
  const name = given === undefined && env["AGENT_TEAM_URL"] ? "AGENT_TEAM_URL" : "--url";
  const text = given ?? (env["AGENT_TEAM_URL"] || "http://127.0.0.1:8000");
  if (!/^https?:$/.test(URL.parse(text)?.protocol ?? "")) {
    throw new UsageError(`${name}=${text}: expected a URL such as http://127.0.0.1:8000`);
  }
  return new Gateway(text.replace(/\/+$/, ""), env["AGENT_TEAM_TOKEN"], signal);
}

/** `ECONNREFUSED`, where fetch says "fetch failed". */
function causeOf(error: unknown): string {
  const { cause, message } = error as { cause?: { code?: string; message?: string }; message: string };
  return cause?.code ?? cause?.message ?? message;
}
