import { z } from "zod";
import { createLogger, readConfig, type ServeOptions, type Server, serve, serverConfigShape } from "../src/index.ts";

/** A log line of a server under test, parsed. */
export type LogLine = Readonly<Record<string, unknown>>;

export interface LoopbackServer extends Server {
  readonly log: readonly LogLine[];
}

/** A real server on free loopback ports, in this process, with its log lines. */
export async function serveOnLoopback(
  options: Omit<ServeOptions, "config" | "logger" | "audience">,
  env: Readonly<Record<string, string>> = {},
): Promise<LoopbackServer> {
  const log: LogLine[] = [];
  const config = readConfig(z.object(serverConfigShape({ defaultPort: 0 })), {
    GRPC_HOST: "127.0.0.1",
    HEALTH_PORT: "0",
    LAME_DUCK_MS: "0",
    STOP_TIMEOUT_MS: "10000",
    LOG_LEVEL: "debug",
    ...env,
  });
  const destination = { write: (line: string) => void log.push(JSON.parse(line) as LogLine) };
  const server = await serve({
    ...options,
    config,
    logger: createLogger(config, "test", { destination, env: {} }),
    audience: "test",
  });
  return { ...server, log };
}
