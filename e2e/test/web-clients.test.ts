/** gRPC-Web and Connect on the port of our server, from connect-node and grpc-web: over HTTP/1.1 and HTTP/2, with TLS and without. */

import { CertificateAuthority } from "@agent-team/certificate-authority";
import { ErrorInfoSchema } from "@agent-team/contracts";
import { systemClock } from "@agent-team/foundation/clock";
import { service } from "@agent-team/grpc-server";
import { Echo, type LoopbackServer, serveOnLoopback, TlsFiles } from "@agent-team/grpc-server/testing";
import { until } from "@agent-team/test-support/until";
import { Code, ConnectError, createClient, type Transport } from "@connectrpc/connect";
import { createConnectTransport, createGrpcWebTransport } from "@connectrpc/connect-node";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { ECHO_STREAMS, messagesOf, valuesOf } from "./support/echo.ts";

const LARGE = "x".repeat(1_200_000);
const SERVED = ["grpc", "grpc-web", "connect"] as const;

/** What the handlers saw of calls that their clients left. */
let aborted: unknown[];
let seen: string[];

const handlers = service(Echo, {
  unary({ value }, context) {
    const { requestHeader, responseHeader, responseTrailer, protocolName, timeoutMs, signal } = context;
    seen.push(`${protocolName} ${timeoutMs() === undefined ? "no" : "a"} deadline`);
    if (value === "wait")
      return new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
    const details = [{ desc: ErrorInfoSchema, value: { reason: "LOST", domain: "test" } }];
    if (value === "fail") throw new ConnectError("no café 文", Code.NotFound, { "x-words": "one" }, details);
    responseHeader.set("x-first", "header");
    responseTrailer.set("x-words", requestHeader.get("x-words") ?? "");
    return { value };
  },
  async *serverStream({ value }, { signal }) {
    signal.addEventListener("abort", () => aborted.push(signal.reason));
    for (let i = 0; i < Number(value); i += 1) yield { value: String(i) };
  },
  ...ECHO_STREAMS,
});

const authority = await CertificateAuthority.create("test CA", systemClock.wallNow());
const SERVER = await authority.issue({ name: "server", ipAddresses: ["127.0.0.1"] });

describe.each([
  { protocol: "grpc-web", create: createGrpcWebTransport },
  { protocol: "connect", create: createConnectTransport },
])("$protocol", ({ protocol, create: createTransport }) => {
  describe.each([
    { httpVersion: "1.1", tls: false, json: false, compression: "gzip" },
    { httpVersion: "1.1", tls: true, json: false, compression: "identity" },
    { httpVersion: "2", tls: false, json: true, compression: "gzip" },
    { httpVersion: "2", tls: true, json: false, compression: "identity" },
  ] as const)(
    "over HTTP/$httpVersion, TLS: $tls, JSON: $json, $compression",
    ({ httpVersion, tls, json, compression }) => {
      let server: LoopbackServer;
      let transport: Transport;
      let files: TlsFiles;
      beforeEach(async () => {
        [aborted, seen] = [[], []];
        files = new TlsFiles();
        const env = tls ? files.serverVariables(SERVER) : {};
        server = await serveOnLoopback({ services: [handlers], protocols: SERVED, compression }, env);
        const baseUrl = `${tls ? "https" : "http"}://127.0.0.1:${server.port}`;
        const nodeOptions = tls ? { ca: authority.certificate } : {};
        transport = createTransport({ baseUrl, httpVersion, nodeOptions, useBinaryFormat: !json });
      });
      afterEach(async () => {
        await server.close();
        files[Symbol.dispose]();
      });

      test("answers small and large messages, with headers and trailers", async () => {
        const client = createClient(Echo, transport);
        const [headers, trailers] = [new Headers(), new Headers()];
        const onHeader = (each: Headers): void => each.forEach((value, name) => headers.append(name, value));
        const onTrailer = (each: Headers): void => each.forEach((value, name) => trailers.append(name, value));
        const options = { headers: { "x-words": "one, two" }, onHeader, onTrailer };
        expect((await client.unary({ value: "small" }, options)).value).toBe("small");
        expect(headers.get("x-first")).toBe("header");
        expect(trailers.get("x-words")).toBe("one, two");
        expect((await client.unary({ value: LARGE })).value).toBe(LARGE);
        expect(await valuesOf(client.serverStream({ value: "500" }))).toHaveLength(500);
        expect((await client.clientStream(messagesOf("a", LARGE, "c"))).value).toBe(`a,${LARGE},c`);
        expect(seen[0]).toBe(`${protocol} no deadline`);
      });

      test("an error has its code, message, details and metadata", async () => {
        const error = await createClient(Echo, transport)
          .unary({ value: "fail" })
          .then(() => expect.fail("the call succeeded"), ConnectError.from);
        expect(error).toMatchObject({ code: Code.NotFound, rawMessage: "no café 文" });
        expect(error.metadata.get("x-words")).toBe("one");
        expect(error.findDetails(ErrorInfoSchema)).toMatchObject([{ reason: "LOST", domain: "test" }]);
      });

      test("a call ends at its deadline, which its handler knows", async () => {
        const client = createClient(Echo, transport);
        await client.unary({ value: "" }); // a handshake may take longer than the deadline
        const call = client.unary({ value: "wait" }, { timeoutMs: 100 });
        await expect(call).rejects.toMatchObject({ code: Code.DeadlineExceeded });
        expect(seen.slice(1)).toEqual([`${protocol} a deadline`]);
      });

      test("the handler of a stream that its client leaves is aborted", async () => {
        const controller = new AbortController();
        const stream = createClient(Echo, transport).serverStream({ value: "1000000" }, { signal: controller.signal });
        let count = 0;
        const reading = (async () => {
          for await (const _ of stream) if (++count === 10) controller.abort();
        })();
        await expect(reading).rejects.toMatchObject({ code: Code.Canceled });
        await until(() => aborted.length === 1, "the handler is aborted");
        expect(aborted).toMatchObject([{ code: Code.Canceled }]);
      });

      test("bidirectional streams need HTTP/2", async () => {
        const call = valuesOf(createClient(Echo, transport).bidi(messagesOf("a", "b")));
        if (httpVersion === "2") expect(await call).toEqual(["a", "b"]);
        else await expect(call).rejects.toBeInstanceOf(ConnectError);
      });
    },
  );
});
