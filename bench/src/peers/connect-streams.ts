import type { BytesValue } from "@bufbuild/protobuf/wkt";
import { type Client, createClient, type Transport } from "@connectrpc/connect";
import { checkCount, checkSmall, ECHO, type EchoService, SMALL, STREAM_MESSAGES } from "../echo.ts";
import type { Peer } from "../peer.ts";

/** The streams of a client of Connect over any transport. */
export function connectStreams(transport: Transport): Required<Pick<Peer, "serverStream" | "pingPong">> {
  const client: Client<EchoService> = createClient(ECHO, transport);
  return {
    serverStream: async () => checkCount(await countChecked(client.stream(SMALL))),
    pingPong: async () => {
      const turn = new Turn();
      let messages = 0;
      for await (const answer of client.pingPong(turn.requests())) {
        checkSmall(answer);
        messages++;
        turn.pass();
      }
      checkCount(messages);
    },
  };
}

async function countChecked(answers: AsyncIterable<BytesValue>): Promise<number> {
  let messages = 0;
  for await (const answer of answers) {
    checkSmall(answer);
    messages++;
  }
  return messages;
}

/** Lets each request follow the answer to the one before it. */
class Turn {
  #pass: () => void = () => {};

  pass(): void {
    this.#pass();
  }

  async *requests(): AsyncGenerator<BytesValue> {
    for (let i = 0; i < STREAM_MESSAGES; i++) {
      const answered = new Promise<void>((resolve) => {
        this.#pass = resolve;
      });
      yield SMALL;
      await answered;
    }
  }
}
