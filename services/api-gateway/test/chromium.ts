import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { json } from "node:stream/consumers";

/** Why this machine cannot run a `ChromiumPage`; undefined when it can. */
export const whyNoChromium: string | undefined =
  spawnSync("chromium", ["--version"]).status === 0
    ? undefined
    : "no chromium in PATH: install it (Debian: apt-get install chromium) to run this";

const FLAGS = ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"];

/**
 * A page in a headless Chromium, on an origin of its own. Disposal kills the browser, waits for its end and removes its profile.
 */
export class ChromiumPage implements AsyncDisposable {
  readonly origin: string;
  readonly #server: Server;
  readonly #profile: string = mkdtempSync(join(tmpdir(), "chromium-"));
  #browser: ChildProcess | undefined;

  private constructor(server: Server) {
    this.#server = server;
    this.origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  /** Resolves when the page has its origin. */
  static async create(): Promise<ChromiumPage> {
    const server = createServer().listen(0, "127.0.0.1");
    await once(server, "listening");
    return new ChromiumPage(server);
  }

  /** Opens the page. Resolves to the value with which its script, a module, calls `report`. */
  async run(script: string): Promise<unknown> {
    const report = 'const report = (value) => fetch("/report", { method: "POST", body: JSON.stringify(value) });';
    const html = `<!doctype html><script type="module">${report}\n${script}</script>`;
    const reported = Promise.withResolvers<unknown>();
    this.#server.on("request", (request, response) => {
      if (request.method === "GET") return void response.setHeader("content-type", "text/html").end(html);
      response.end();
      void json(request).then(reported.resolve, reported.reject);
    });
    // A process group of its own, so that disposal ends its helpers, too.
    const args = [...FLAGS, `--user-data-dir=${this.#profile}`, this.origin];
    this.#browser = spawn("chromium", args, { stdio: "ignore", detached: true });
    return await reported.promise;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const { pid } = this.#browser ?? {};
    if (this.#browser !== undefined && pid !== undefined) {
      const exited = once(this.#browser, "exit");
      process.kill(-pid, "SIGKILL");
      await exited;
    }
    this.#server.closeAllConnections();
    this.#server.close();
    rmSync(this.#profile, { recursive: true, force: true, maxRetries: 5 });
  }
}
