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
  /** What the program would say at start, a line for each wrong variable. */
  readonly problems: (env: Environment) => readonly string[];
  /** What the program makes of its variables. @throws Error for one that it refuses */
  readonly read: Read;
  /** Values without any variable set. */
  readonly defaults: Readonly<Record<string, unknown>>;
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

const READERS = new Map(
  await Promise.all(
    agentTeamServices().map(async ({ name }): Promise<[string, ConfigReader]> => [name, await load(name)]),
  ),
);

/** @throws Error when there is no such service, or it has no `src/config.ts` with one function `read…Config` */
export function readerOf(service: string): ConfigReader {
  const reader = READERS.get(service);
  if (reader === undefined) throw new Error(`there is no service ${service}`);
  return reader;
}

/** A variable that is read shows in the result, or is complained about; any other is ignored. */
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
