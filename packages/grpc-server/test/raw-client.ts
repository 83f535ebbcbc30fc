import { type ClientHttp2Session, type ClientHttp2Stream, connect, type IncomingHttpHeaders } from "node:http2";
import { connect as connectTcp } from "node:net";

/** The end of a stream: its headers, its trailers, and the code of its reset; 0 for an orderly end. */
export interface RawEnd {
  readonly headers: IncomingHttpHeaders;
  readonly trailers: IncomingHttpHeaders;
  readonly rstCode: number;
}

/** An HTTP/2 client that can send streams which no gRPC client sends. */
export class RawClient {
  readonly session: ClientHttp2Session;

  /** `localAddress`: where it connects from, of 127.0.0.0/8. */
  constructor(port: number, { localAddress = "127.0.0.1" }: { readonly localAddress?: string } = {}) {
    this.session = connect(`http://127.0.0.1:${port}`, {
      createConnection: () => connectTcp({ port, host: "127.0.0.1", localAddress }),
    });
    this.session.on("error", () => {}); // the server may close or reset the connection
  }

  /** A call with the headers of gRPC and these. One of these replaces the header of that name; undefined removes it. */
  open(path: string, headers: Readonly<Record<string, string | undefined>> = {}): ClientHttp2Stream {
    const all = { ":method": "POST", ":path": path, "content-type": "application/grpc", te: "trailers", ...headers };
    const stream = this.session.request(
      Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined)),
    );
    stream.on("error", () => {}); // `rstCode` has the cause
    return stream;
  }

  /** Sends one empty message and reads to the end. */
  async call(path: string, headers?: Readonly<Record<string, string | undefined>>): Promise<RawEnd> {
    const stream = this.open(path, headers);
    let [first, trailers]: IncomingHttpHeaders[] = [{}, {}];
    stream.on("response", (received) => {
      first = received;
    });
    stream.on("trailers", (received) => {
      trailers = received;
    });
    stream.resume();
    stream.end(Buffer.alloc(5));
    await closed(stream);
    return { headers: first ?? {}, trailers: trailers ?? {}, rstCode: stream.rstCode ?? 0 };
  }

  [Symbol.dispose](): void {
    this.session.destroy();
  }
}

/** Resolves when a stream has closed, also after an error. */
export function closed(stream: ClientHttp2Stream): Promise<void> {
  return new Promise((resolve) => stream.once("close", resolve));
}

/** The status that a call ended with. */
export function statusOf({ headers, trailers }: RawEnd): number {
  return Number(trailers["grpc-status"] ?? headers["grpc-status"]);
}
