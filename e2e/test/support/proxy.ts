/** HTTP/2 proxies of the distribution between a client and a server: nginx and haproxy, each with a plaintext and a TLS port. */

import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CertificateAuthority } from "@agent-team/certificate-authority";
import { systemClock } from "@agent-team/foundation/clock";

/** An address of the tests with proxies, so that these ports are free. */
const ADDRESS = "127.41.0.1";
const PLAIN_PORT = 8443;
const TLS_PORT = 8444;
/** In front of a server that is gone. */
const DEAD_PORT = 8445;

/** Requests after which nginx ends a connection with GOAWAY, unless a test says otherwise; its own default is 1,000. */
export const REQUESTS_PER_CONNECTION = 10;

export type ProxyName = "nginx" | "haproxy";

export interface Proxy extends AsyncDisposable {
  readonly plain: string;
  readonly tls: string;
  /** Leads to a server that is gone. */
  readonly dead: string;
  /** The CA of its certificate, which is for its address. */
  readonly ca: string;
}

/** Why a proxy cannot be had here; `undefined` where it can. A test passes it to `skip`. */
export function noProxy(name: ProxyName): string | undefined {
  const { error } = spawnSync(name, ["-v"]);
  return error === undefined ? undefined : `${name} is not installed: no call through it is tested`;
}

export async function startProxy(
  name: ProxyName,
  upstreamPort: number,
  requestsPerConnection = REQUESTS_PER_CONNECTION,
): Promise<Proxy> {
  const folder = await mkdtemp(join(tmpdir(), `agent-team-${name}-`));
  const authority = await CertificateAuthority.create("test CA", systemClock.wallNow());
  const { certificate, key } = await authority.issue({ name: "proxy", ipAddresses: [ADDRESS] });
  await writeFile(join(folder, "proxy.pem"), `${certificate}\n${key}`);
  const config = join(folder, "proxy.conf");
  await writeFile(
    config,
    name === "nginx" ? nginxConfig(folder, upstreamPort, requestsPerConnection) : haproxyConfig(folder, upstreamPort),
  );
  const args = name === "nginx" ? ["-p", folder, "-c", config] : ["-db", "-q", "-f", config];
  const child = spawn(name, args, { stdio: ["ignore", "ignore", "inherit"] });
  await accepts(child, DEAD_PORT);
  return {
    plain: `ipv4:${ADDRESS}:${PLAIN_PORT}`,
    tls: `ipv4:${ADDRESS}:${TLS_PORT}`,
    dead: `ipv4:${ADDRESS}:${DEAD_PORT}`,
    ca: authority.certificate,
    async [Symbol.asyncDispose]() {
      child.kill("SIGKILL");
      if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
      await rm(folder, { recursive: true });
    },
  };
}

/** Port 1 has no server. */
function nginxConfig(folder: string, upstreamPort: number, requestsPerConnection: number): string {
  const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map(
    (name) => `${name}_temp_path ${folder}/${name};`,
  );
  return `daemon off; master_process off; pid ${folder}/pid; error_log ${folder}/error.log;
    events { worker_connections 256; }
    http {
      access_log off; ${temporary.join(" ")}
      client_max_body_size 0;
      keepalive_requests ${requestsPerConnection};
      server {
        listen ${ADDRESS}:${PLAIN_PORT} http2;
        listen ${ADDRESS}:${TLS_PORT} ssl http2;
        ssl_certificate ${folder}/proxy.pem; ssl_certificate_key ${folder}/proxy.pem;
        location / { grpc_pass grpc://127.0.0.1:${upstreamPort}; }
      }
      server {
        listen ${ADDRESS}:${DEAD_PORT} http2;
        location / { grpc_pass grpc://127.0.0.1:1; }
      }
    }`;
}

function haproxyConfig(folder: string, upstreamPort: number): string {
  return `defaults
  mode http
  timeout connect 5s
  timeout client 30s
  timeout server 30s
  retries 0
frontend front
  bind ${ADDRESS}:${PLAIN_PORT} proto h2
  bind ${ADDRESS}:${TLS_PORT} ssl crt ${folder}/proxy.pem alpn h2
  default_backend back
frontend dead_front
  bind ${ADDRESS}:${DEAD_PORT} proto h2
  default_backend dead
backend back
  server one 127.0.0.1:${upstreamPort} proto h2
backend dead
  server none 127.0.0.1:1 proto h2
`;
}

/** Waits until the proxy listens. */
async function accepts(proxy: ChildProcess, port: number): Promise<void> {
  for (;;) {
    const socket = connect(port, ADDRESS);
    const connected = await once(socket, "connect").then(
      () => true,
      () => false,
    );
    socket.destroy();
    if (connected) return;
    if (proxy.exitCode !== null) throw new Error(`the proxy ended with ${proxy.exitCode}`);
  }
}
