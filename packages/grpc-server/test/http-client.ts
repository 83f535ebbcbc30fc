import { once } from "node:events";
import { Agent, type IncomingHttpHeaders, type IncomingMessage, request } from "node:http";
import { connect, type Socket } from "node:net";
import { buffer, text } from "node:stream/consumers";

export interface HttpRequest {
  readonly method?: string;
  readonly path?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
  /** Default: a connection of its own. */
  readonly agent?: Agent;
}

export interface HttpResponse {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/** One request of HTTP/1.1, by default of Connect with JSON. */
export async function send(port: number, init: HttpRequest): Promise<HttpResponse> {
  const { method = "POST", path = "/test.Echo/Unary", body = '"hello"', agent = new Agent() } = init;
  const headers = { "content-type": "application/json", ...init.headers };
  const outgoing = request({ host: "127.0.0.1", port, method, path, headers, agent });
  outgoing.on("error", () => {}); // before the response `once` reports it; behind it a server may stop reading
  outgoing.end(method === "POST" ? body : undefined);
  const [response] = (await once(outgoing, "response")) as [IncomingMessage];
  return { status: response.statusCode ?? 0, headers: response.headers, body: await buffer(response) };
}

/** A socket by which a test sends bytes of its own. */
export class RawSocket {
  readonly socket: Socket;
  /** All that the server sends until it ends the connection. */
  readonly received: Promise<string>;

  constructor(port: number, ...parts: readonly string[]) {
    this.socket = connect({ port, host: "127.0.0.1", noDelay: true });
    this.socket.on("error", () => {}); // the server may reset the connection
    this.received = text(this.socket).catch(() => "");
    for (const part of parts) this.write(part);
  }

  write(part: string): void {
    this.socket.write(Buffer.from(part, "latin1"));
  }

  [Symbol.dispose](): void {
    this.socket.destroy();
  }
}
