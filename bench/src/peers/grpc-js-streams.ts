import { fromBinary, toBinary } from "@bufbuild/protobuf";
import { type BytesValue, BytesValueSchema } from "@bufbuild/protobuf/wkt";
import { type Client, Metadata } from "@grpc/grpc-js";
import {
  checkCount,
  checkSmall,
  LARGE_PATH,
  largeMessage,
  PING_PONG_PATH,
  SMALL,
  STREAM_MESSAGES,
  STREAM_PATH,
} from "../echo.ts";
import type { Peer } from "../peer.ts";

const encode = (message: BytesValue): Buffer => Buffer.from(toBinary(BytesValueSchema, message));
const decode = (bytes: Uint8Array): BytesValue => fromBinary(BytesValueSchema, bytes);
const asItIs = (bytes: Buffer): Buffer => bytes;

/** Streams and large messages of any client of grpc-js, on its own channel or on ours. Large ones have no codec. */
export function grpcJsStreams(client: Client): Required<Pick<Peer, "serverStream" | "pingPong" | "large">> {
  const metadata = new Metadata();
  return {
    serverStream: () =>
      new Promise((resolve, reject) => {
        let messages = 0;
        const call = client.makeServerStreamRequest(STREAM_PATH, encode, decode, SMALL, metadata);
        call.on("data", (answer: BytesValue) => {
          checkSmall(answer);
          messages++;
        });
        call.on("end", () => resolve(checkCount(messages)));
        call.on("error", reject);
      }),
    pingPong: () =>
      new Promise((resolve, reject) => {
        let messages = 0;
        const call = client.makeBidiStreamRequest(PING_PONG_PATH, encode, decode, metadata);
        call.on("data", (answer: BytesValue) => {
          checkSmall(answer);
          if (++messages === STREAM_MESSAGES) call.end();
          else call.write(SMALL);
        });
        call.on("end", () => resolve(checkCount(messages)));
        call.on("error", reject);
        call.write(SMALL);
      }),
    large: (bytes) =>
      new Promise((resolve, reject) => {
        client.makeUnaryRequest(LARGE_PATH, asItIs, asItIs, largeMessage(bytes), metadata, {}, (error, answer) => {
          if (answer?.length === bytes) resolve();
          else reject(error ?? new Error(`expected ${bytes} bytes, got ${answer?.length}`));
        });
      }),
  };
}
