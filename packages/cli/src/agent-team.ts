import { isChannelError } from "@agent-team/grpc-client";
import { LocalCloudError } from "@agent-team/local-cloud";
import { type Command, type CommandContext, UsageError } from "./command.ts";
import { apiKey } from "./commands/api-key.ts";
import { discover } from "./commands/discover.ts";
import { env } from "./commands/env.ts";
import { rerun } from "./commands/rerun.ts";
import { run } from "./commands/run.ts";
import { up } from "./commands/up.ts";
import { watch } from "./commands/watch.ts";
import { GatewayError } from "./gateway/gateway-error.ts";

const COMMANDS: readonly Command[] = [up, run, watch, rerun, env, discover, apiKey];

/** Runs `agent-team ARGS` and resolves to the exit code: 0 success, 1 failure, 2 wrong usage. It rejects only for a bug. */
export async function agentTeam(args: readonly string[], context: CommandContext): Promise<number> {
  const [name, ...rest] = args;
  const command = COMMANDS.find((candidate) => candidate.name === name);
  if (name === "--help" || name === "help") return print(overview(), context.out, 0);
  if (command === undefined) {
    const reason = name === undefined ? "which command?" : `there is no command ${name}`;
    return print(`agent-team: ${reason}\n\n${overview()}`, context.err, 2);
  }
  if (rest.includes("--help")) return print(`Usage: ${command.usage}`, context.out, 0);
  try {
    return await command.run(rest, context);
  } catch (error) {
    if (error instanceof UsageError) {
      return print(`agent-team ${name}: ${error.message}\n\nUsage: ${command.usage}`, context.err, 2);
    }
    if (error instanceof GatewayError) return print(`agent-team ${name}: ${error.message}`, context.err, 1);
    if (error instanceof LocalCloudError || isChannelError(error)) return print(error.message, context.err, 1);
    throw error;
  }
}

function print(text: string, write: (line: string) => void, exitCode: number): number {
  write(text);
  return exitCode;
}

function overview(): string {
  const lines = COMMANDS.map(({ name, summary }) => `  ${name.padEnd(12)}${summary}`);
  return `Usage: agent-team COMMAND [OPTIONS]\n\n${lines.join("\n")}\n\n"agent-team COMMAND --help" prints the options of a command.`;
}
