/**
 * Pages in a headless Chromium that call our server, which has another origin. In: a client. Out: what its cases have come to, and what the server's
 * handlers saw.
 */

import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { CertificateAuthority } from "@agent-team/certificate-authority";
import { systemClock } from "@agent-team/foundation/clock";
import { service } from "@agent-team/grpc-server";
import { type LoopbackServer, serveOnLoopback, TlsFiles } from "@agent-team/grpc-server/testing";
import type { Browser, Page } from "playwright-core";
import { rolldown } from "rolldown";
import { TestService } from "../gen/grpc/testing/test_pb.ts";
import { testService } from "../peers/service.ts";
import type { WebClientName } from "./web-clients.ts";

/** HTTP/2 of browsers is over TLS only. */
export const HTTP_VERSIONS = ["http/1.1", "h2"] as const;
export type HttpVersion = (typeof HTTP_VERSIONS)[number];

export class WebPages implements AsyncDisposable {
  /** Why the handlers of streams were aborted, beside their end. */
  readonly aborted: string[] = [];
  readonly #browser: Browser;
  readonly #script: string;
  readonly #files = new TlsFiles();
  readonly #pages: Server[] = [];
  readonly #servers = new Map<HttpVersion, LoopbackServer>();

  private constructor(browser: Browser, script: string) {
    this.#browser = browser;
    this.#script = script;
  }

  /** `browser`: it stays open. */
  static async open(browser: Browser): Promise<WebPages> {
    const pages = new WebPages(browser, await bundleScript());
    const origin = await pages.#servePage();
    const authority = await CertificateAuthority.create("test CA", systemClock.wallNow());
    const issued = await authority.issue({ name: "server", ipAddresses: ["127.0.0.1"] });
    pages.#servers.set("http/1.1", await pages.#serve(origin, {}));
    pages.#servers.set("h2", await pages.#serve(origin, pages.#files.serverVariables(issued)));
    return pages;
  }

  /** Runs all cases by one client. By their names: why they failed, or an empty text. Rejects when another version of HTTP was used. */
  async run(client: WebClientName, httpVersion: HttpVersion): Promise<Readonly<Record<string, string>>> {
    const [page] = this.#pages;
    return await this.#runAt(originOf(page as Server), client, httpVersion);
  }

  /** The same from a page that the server does not know. */
  async runAsStranger(client: WebClientName, httpVersion: HttpVersion): Promise<Readonly<Record<string, string>>> {
    return await this.#runAt(await this.#servePage(), client, httpVersion);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const page of this.#pages) page.close().closeAllConnections();
    await Promise.all([...this.#servers.values()].map((server) => server.close()));
    this.#files[Symbol.dispose]();
  }

  async #runAt(
    origin: string,
    client: WebClientName,
    httpVersion: HttpVersion,
  ): Promise<Readonly<Record<string, string>>> {
    const context = await this.#browser.newContext({ ignoreHTTPSErrors: true });
    const page = await context.newPage();
    try {
      await page.goto(origin);
      const port = this.#servers.get(httpVersion)?.port;
      const url = `${httpVersion === "h2" ? "https" : "http"}://127.0.0.1:${port}`;
      const versions = await versionsOf(page, url);
      const call = `runWebCases(${JSON.stringify(client)}, ${JSON.stringify(url)})`;
      const results = await page.evaluate<Readonly<Record<string, string>>>(call);
      const others = [...versions].filter((version) => version !== httpVersion);
      if (others.length > 0) throw new Error(`expected ${httpVersion}, got ${others.join()}`);
      return results;
    } finally {
      await context.close();
    }
  }

  #serve(origin: string, env: Readonly<Record<string, string>>): Promise<LoopbackServer> {
    const handlers = service(TestService, {
      ...testService,
      streamingOutputCall: (request, context) => {
        const { signal } = context;
        signal.addEventListener("abort", () => this.aborted.push(String(signal.reason)));
        return testService.streamingOutputCall(request, context);
      },
    });
    const protocols = ["grpc", "grpc-web", "connect"] as const;
    return serveOnLoopback({ services: [handlers], protocols, allowedOrigins: [origin] }, env);
  }

  /** Returns its origin. */
  async #servePage(): Promise<string> {
    const page = createServer((_, response) => {
      response.setHeader("content-type", "text/html; charset=utf-8");
      response.end(`<!doctype html><title>calls</title><script>${this.#script}</script>`);
    });
    this.#pages.push(page);
    await new Promise<void>((resolve) => page.listen(0, "127.0.0.1", resolve));
    return originOf(page);
  }
}

function originOf(page: Server): string {
  return `http://127.0.0.1:${(page.address() as AddressInfo).port}`;
}

/** Fills with the versions of HTTP by which answers of a server come from now on. */
async function versionsOf(page: Page, url: string): Promise<ReadonlySet<string>> {
  const versions = new Set<string>();
  const session = await page.context().newCDPSession(page);
  session.on("Network.responseReceived", ({ response }) => {
    if (response.url.startsWith(url)) versions.add(String(response.protocol));
  });
  await session.send("Network.enable");
  return versions;
}

async function bundleScript(): Promise<string> {
  await using build = await rolldown({
    input: join(import.meta.dirname, "page-script.ts"),
    platform: "browser",
    resolve: { conditionNames: ["source", "browser", "import", "default"] },
  });
  const { output } = await build.generate({ format: "iife", minify: true, comments: false });
  return output[0].code.replaceAll("</script", "<\\/script");
}
