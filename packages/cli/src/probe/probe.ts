import type { Clock } from "@agent-team/foundation/clock";
import { checkGrpc } from "./check-grpc.ts";
import { checkHttp } from "./check-http.ts";
import { FlagError } from "./flag-error.ts";
import { type ProbeOptions, parseProbeOptions } from "./options.ts";
import { describeVerdict, EXIT_CODES, type Verdict } from "./verdict.ts";

const USAGE = `Usage: grpc_health_probe -addr=HOST:PORT [FLAGS]

  -addr=HOST:PORT         the server; or unix:PATH for a socket; http://HOST:PORT/PATH for an HTTP health page
  -service=NAME           default: the server as a whole
  -connect-timeout=1s     for TCP, TLS and HTTP/2
  -rpc-timeout=1s         for the call
  -rpc-header='NAME: VALUE'  metadata of the call, may be repeated
  -user-agent=TEXT        default: grpc_health_probe
  -tls                    with -tls-ca-cert=FILE, -tls-server-name=NAME, -tls-no-verify,
                          -tls-client-cert=FILE and -tls-client-key=FILE;
                          env:NAME for a FILE reads the variable NAME
  -v                      logs the time of each step

Exit codes: 0 serving, 1 wrong command line, 2 no connection, 3 no health status, 4 not serving.`;

/** Runs `grpc_health_probe ARGS` and resolves to the exit code. Writes its result to `log`, line by line. */
export async function probe(args: readonly string[], clock: Clock, log: (line: string) => void): Promise<number> {
  let options: ProbeOptions | "help";
  try {
    options = parseProbeOptions(args);
  } catch (error) {
    if (!(error instanceof FlagError)) throw error;
    log(`error: ${error.message}`);
    return EXIT_CODES.usage;
  }
  if (options === "help") {
    log(USAGE);
    return EXIT_CODES.serving;
  }
  const verdict = await check(options, clock, options.verbose ? log : () => {});
  log(describeVerdict(verdict, options.address.text));
  return EXIT_CODES[verdict.kind];
}

function check(options: ProbeOptions, clock: Clock, log: (line: string) => void): Promise<Verdict> {
  const { address } = options;
  if (address.kind === "http") return checkHttp(options, address.url, clock);
  return checkGrpc(options, address, clock, log);
}
