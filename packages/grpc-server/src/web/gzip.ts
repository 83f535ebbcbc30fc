/** gzip as Connect's handlers call it, on Node's pool of threads. In: messages and bodies. Out: the same, compressed or inflated. */

import { promisify } from "node:util";
import { gunzip, gzip } from "node:zlib";
import { Code, ConnectError } from "@connectrpc/connect";
import type { Compression } from "@connectrpc/connect/protocol";

const compress = promisify(gzip);
const inflate = promisify(gunzip);

export const GZIP: Compression = {
  name: "gzip",
  compress: (bytes) => compress(bytes),
  async decompress(bytes, readMaxBytes) {
    if (bytes.length === 0) return new Uint8Array();
    try {
      // Inflating stops there: a bomb costs the memory of one message at most.
      return await inflate(bytes, { maxOutputLength: readMaxBytes });
    } catch (error) {
      throw refusalOf(error as NodeJS.ErrnoException, readMaxBytes);
    }
  },
};

function refusalOf(error: NodeJS.ErrnoException, readMaxBytes: number): ConnectError {
  if (error.code === "ERR_BUFFER_TOO_LARGE")
    return new ConnectError(`the request is larger than ${readMaxBytes} bytes once inflated`, Code.ResourceExhausted);
  return new ConnectError(`the request is not gzip: ${error.message}`, Code.InvalidArgument);
}
