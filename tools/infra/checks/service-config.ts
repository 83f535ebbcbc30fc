import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { agentTeamServices } from "@agent-team/local-cloud";
import { ROOT } from "../../check/tool.ts";

type Environment = Readonly<Record<string, string>>;
type Read = (env: Environment) => Readonly<Record<string, unknown>>;

/** The variables of one service, asked of its own `config.ts`. */
export interface ConfigReader {
  /** Whether the program reads a variable of that name. */
  readonly knows: (variable: string) => boolean;
  /** The messages with which the program would end at its start, one for each wrong variable. */
  readonly problems: (env: Environment) => readonly string[];
  /** The config of the program. @throws Error for a variable that it refuses */
  readonly read: Read;
  /** The config without any variable. */
  readonly defaults: Readonly<Record<string, unknown>>;
}

const READERS = new Map(
  await Promise.all(agentTeamServices().map(async ({ name }) => [name, await load(name)] as const)),
);

/** @throws Error when there is no such service */
export function readerOf(service: string): ConfigReader {
  const reader = READERS.get(service);
  if (reader === undefined) throw new Error(`there is no service ${service}`);
  return reader;
}

async function load(service: string): Promise<ConfigReader> {
  const url = pathToFileURL(join(ROOT, "services", service, "src", "config.ts")).href;
  const exports = (await import(url)) as Readonly<Record<string, unknown>>;
  const read = Object.entries(exports).find(([name]) => /^read\w+Config$/.test(name))?.[1] as Read | undefined;
  if (read === undefined) throw new Error(`${service}: src/config.ts exports no read…Config`);
  return {
    knows: (variable) => knows(read, variable),
    problems: (env) => problems(read, env),
    read,
    defaults: read({}),
  };
}

/** A variable that is read is in the config, or is refused by its name; any other is ignored. */
function knows(read: Read, variable: string): boolean {
  const nonsense = "\u0001";
  try {
    return Object.hasOwn(read({ [variable]: nonsense }), variable);
  } catch (error) {
    return error instanceof Error && error.message.startsWith(`${variable}=`);
  }
}

function problems(read: Read, env: Environment): readonly string[] {
  try {
    read(env);
    return [];
  } catch (error) {
    return (error instanceof Error ? error.message : String(error)).split("\n");
  }
}
