import { type ClientHttp2Session, connect } from "node:http2";
import { type Peer, type PeerTarget, SERVER_NAME } from "../peer.ts";
import { checkAnswer, decode, encode, FRAME_PREFIX_BYTES, frame, PATH, REQUEST } from "../workload.ts";

const HEADERS = { ":method": "POST", ":path": PATH, "content-type": "application/grpc", te: "trailers" };

/** node:http2 by hand, one connection to each address in turn: no deadline, no status, no retry. Roughly its floor. */
export function createNodeHttp2Peer({ addresses, ca }: PeerTarget): Peer {
  const sessions = addresses.map((address) =>
    ca === undefined ? connect(`http://${address}`) : connect(`https://${address}`, { ca, servername: SERVER_NAME }),
  );
  let turn = 0;
  return {
    call: async () => checkAnswer(decode(await post(sessions[turn++ % sessions.length] as ClientHttp2Session))),
    close() {
      for (const session of sessions) session.close();
    },
  };
}

function post(session: ClientHttp2Session): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    const stream = session.request(HEADERS);
    const chunks: Buffer[] = [];
    stream.on("data", (chunk: Buffer) => chunks.push(chunk));
    stream.on("end", () =>
      resolve((chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks)).subarray(FRAME_PREFIX_BYTES)),
    );
    stream.on("error", reject);
    stream.end(frame(encode(REQUEST)));
  });
}
