import type { IncomingMessage, ServerResponse } from "node:http";
import type { ConnectionControl } from "../gateway-env.ts";
import type { StreamedBody } from "../streamed-body.ts";
import type { GivenBody } from "./body-writer.ts";

/** What a route may do with the connection of its request. One object for each request. */
export class RequestConnection implements ConnectionControl {
  readonly peerAddress: string;
  /** The body that the route has given. */
  given: GivenBody | undefined;
  readonly #outgoing: ServerResponse;
  readonly #socket: IncomingMessage["socket"];

  constructor({ socket }: IncomingMessage, outgoing: ServerResponse) {
    this.peerAddress = socket.remoteAddress ?? "";
    this.#socket = socket;
    this.#outgoing = outgoing;
  }

  stream(body: StreamedBody, filler: string): void {
    this.given = { body, filler };
  }

  onClose(listener: () => void): void {
    if (this.#outgoing.closed) listener();
    else this.#outgoing.once("close", listener);
  }

  reset(): void {
    this.#socket.resetAndDestroy();
  }
}
