import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { ROOT } from "../../check/tool.ts";

type Environment = Readonly<Record<string, string>>;
type Read = (env: Environment) => Readonly<Record<string, unknown>>;

/** The variables of one service, asked of its own `config.ts`. */
export interface ConfigReader {
  /** Whether the program reads a variable of that name. */
  readonly knows: (variable: string) => boolean;
  /** What the program would say at start, a line for each wrong variable. */
  readonly problems: (env: Environment) => readonly string[];
  /** Values without any variable set. */
  readonly defaults: Readonly<Record<string, unknown>>;
}

/** @throws Error when the service has no `src/config.ts` with one function `read…Config` */
export async function readerOf(service: string): Promise<ConfigReader> {
  const url = pathToFileURL(join(ROOT, "services", service, "src", "config.ts")).href;
  const exports = (await import(url)) as Readonly<Record<string, unknown>>;
  const read = Object.entries(exports).find(([name]) => /^read\w+Config$/.test(name))?.[1] as Read | undefined;
  if (read === undefined) throw new Error(`${service}: src/config.ts exports no read…Config`);
  return {
    knows: (variable) => knows(read, variable),
    problems: (env) => problems(read, env),
    defaults: read({}),
  };
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
