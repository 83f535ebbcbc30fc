import { expect, test } from "vitest";
import { AllowHosts } from "../src/http/allow-hosts.ts";
import { HttpClient } from "../src/http/http-client.ts";
import type { HttpRequest } from "../src/http-sender.ts";
import { httpServerOnLoopback, json, redirect } from "./http-server-on-loopback.ts";

const never = new AbortController().signal;

/** A client that may reach `hosts`; every name resolves to `address`. */
function clientFor(hosts: readonly string[], address = "127.0.0.1"): HttpClient {
  const allowHosts = (hosts.length === 0 ? undefined : AllowHosts.parse(hosts.join(","))) ?? AllowHosts.none;
  return new HttpClient({ allowHosts, lookup: async () => [{ address, family: 4 }] });
}

function get(url: string, more: Partial<HttpRequest> = {}): HttpRequest {
  return {
    method: "GET",
    url: new URL(url),
    headers: {},
    ownHeaders: {},
    forwardsOwnHeaders: false,
    body: undefined,
    ...more,
  };
}

test.for([
  "http://127.0.0.1/",
  "http://2130706433/",
  "http://0x7f.1/",
  "http://0/",
  "http://[::1]/",
  "http://[::ffff:127.0.0.1]/",
  "http://169.254.169.254/latest/meta-data",
  "http://localhost/",
  "http://internal.example/",
])("%s is refused before anything is sent", async (url) => {
  await expect(clientFor([]).send(get(url), never)).rejects.toMatchObject({ code: "ADDRESS_REFUSED" });
});

test("a name with one private address among public ones is refused", async () => {
  const lookup = async () => [
    { address: "1.1.1.1", family: 4 },
    { address: "10.0.0.1", family: 4 },
  ];
  const client = new HttpClient({ allowHosts: AllowHosts.none, lookup });

  await expect(client.send(get("http://mixed.example/"), never)).rejects.toMatchObject({ code: "ADDRESS_REFUSED" });
});

test("the connection goes to the checked address, and keeps the name of the URL", async () => {
  const server = await httpServerOnLoopback({ "/": json("here") });
  const port = server.authority.split(":")[1];
  const asked: string[] = [];
  const client = new HttpClient({
    allowHosts: AllowHosts.parse("named.example") ?? AllowHosts.none,
    // An attacker's name resolves to another address the second time.
    lookup: async (hostname) => [{ address: asked.push(hostname) === 1 ? "127.0.0.1" : "127.0.0.2", family: 4 }],
  });

  const { status } = await client.send(get(`http://named.example:${port}/`), never);

  expect(status).toBe(200);
  expect(asked).toEqual(["named.example"]);
  expect(server.seen[0]?.headers["host"]).toBe(`named.example:${port}`);
});

test("a redirect is followed, and 303 turns it into a GET", async () => {
  const server = await httpServerOnLoopback({
    "/303": redirect("/end", 303),
    "/307": redirect("/end", 307),
    "/end": json({ ok: true }),
  });
  const client = clientFor([server.authority]);
  const post = {
    method: "POST",
    headers: { "content-type": "text/plain" },
    ownHeaders: { "x-mine": "1" },
    body: "text",
  };

  for (const status of [303, 307]) await client.send(get(`${server.url}/${status}`, post), never);

  const ends = server.seen.filter(({ path }) => path === "/end");
  expect(ends.map(({ method, body }) => [method, body])).toEqual([
    ["GET", ""],
    ["POST", "text"],
  ]);
  expect(ends.map(({ headers }) => [headers["content-type"], headers["x-mine"]])).toEqual([
    [undefined, "1"],
    ["text/plain", "1"],
  ]);
});

test("a redirect into the private network is refused", async () => {
  const server = await httpServerOnLoopback({ "/": redirect("http://169.254.169.254/") });

  await expect(clientFor([server.authority]).send(get(server.url), never)).rejects.toMatchObject({
    code: "ADDRESS_REFUSED",
  });
});

const CREDENTIALS = { authorization: "Bearer x", cookie: "a=b", "x-api-key": "k", "content-type": "text/secret" };

test.for([301, 302, 303, 307, 308])(
  "a redirect (%d) to another origin drops the headers of the workflow",
  async (status) => {
    const other = await httpServerOnLoopback({ "/": json("other") });
    const server = await httpServerOnLoopback({ "/": redirect("/here", status), "/here": redirect(other.url, status) });
    const request = {
      method: "POST",
      headers: { "content-type": "text/plain" },
      ownHeaders: CREDENTIALS,
      body: "text",
    };

    await clientFor([server.authority, other.authority]).send(get(server.url, request), never);

    expect(server.seen[1]?.headers).toMatchObject({ authorization: "Bearer x", "x-api-key": "k" });
    const { authorization, cookie, "x-api-key": key, "content-type": type } = other.seen[0]?.headers ?? {};
    expect([authorization, cookie, key]).toEqual([undefined, undefined, undefined]);
    expect(type).toBe(status >= 307 ? "text/plain" : undefined); // the type of the body is the engine's
  },
);

test("with forward_headers a redirect to another origin keeps the headers of the workflow", async () => {
  const other = await httpServerOnLoopback({ "/": json("other") });
  const server = await httpServerOnLoopback({ "/": redirect(other.url) });
  const request = { ownHeaders: CREDENTIALS, forwardsOwnHeaders: true };

  await clientFor([server.authority, other.authority]).send(get(server.url, request), never);

  expect(other.seen[0]?.headers).toMatchObject(CREDENTIALS);
});

test("three redirects are followed, a fourth is not", async () => {
  const server = await httpServerOnLoopback({
    "/4": redirect("/3"),
    "/3": redirect("/2"),
    "/2": redirect("/1"),
    "/1": redirect("/0"),
    "/0": json("end"),
  });
  const client = clientFor([server.authority]);

  expect((await client.send(get(`${server.url}/3`), never)).status).toBe(200);
  await expect(client.send(get(`${server.url}/4`), never)).rejects.toMatchObject({ code: "TOO_MANY_REDIRECTS" });
});

test("a response of 1 MiB is read, one byte more is refused", async () => {
  const server = await httpServerOnLoopback({
    "/fits": (_request, response) => void response.end(Buffer.alloc(1024 * 1024)),
    "/large": (_request, response) => void response.end(Buffer.alloc(1024 * 1024 + 1)),
  });
  const client = clientFor([server.authority]);

  expect((await client.send(get(`${server.url}/fits`), never)).body.byteLength).toBe(1024 * 1024);
  await expect(client.send(get(`${server.url}/large`), never)).rejects.toMatchObject({ code: "RESPONSE_TOO_LARGE" });
});

test("a refused connection and a truncated response are retryable connection failures", async () => {
  const server = await httpServerOnLoopback({
    "/": (_request, response) => {
      response.writeHead(200, { "content-length": "10" });
      response.write("half");
      response.socket?.end();
    },
  });
  const failure = { code: "CONNECTION_FAILED", retryable: true };

  await expect(clientFor([server.authority]).send(get(server.url), never)).rejects.toMatchObject(failure);
  await expect(clientFor(["127.0.0.1"]).send(get("http://127.0.0.1:1/"), never)).rejects.toMatchObject(failure);
});

test("the signal ends a waiting request with its reason", async () => {
  const abort = new AbortController();
  const reason = new Error("enough");
  const server = await httpServerOnLoopback({ "/": () => abort.abort(reason) });

  await expect(clientFor([server.authority]).send(get(server.url), abort.signal)).rejects.toBe(reason);
});

test("the signal ends a waiting name resolution with its reason", async () => {
  const abort = new AbortController();
  const lookup = () => {
    abort.abort("enough");
    return new Promise<never>(() => undefined);
  };
  const client = new HttpClient({ allowHosts: AllowHosts.none, lookup });

  await expect(client.send(get("http://slow.example/"), abort.signal)).rejects.toBe("enough");
});
