import { type ChildProcess, spawn } from "node:child_process";
import { constants } from "node:os";
import { fileURLToPath } from "node:url";
import type { TaskLog } from "./task-log.ts";

/** How a process ended. */
export interface TaskExit {
  /** For people: `exit code 1`, `killed by SIGKILL`. */
  readonly text: string;
  /** As a shell counts: 128 and the number of the signal that ended it. Undefined for one that never started. */
  readonly code: number | undefined;
}

export interface TaskProcess {
  readonly pid: number | undefined;
  readonly exited: Promise<TaskExit>;
  /** Does nothing once the process has ended. */
  signal(signal: "SIGTERM" | "SIGKILL"): void;
}

// Beside this file, whether that is the source or built.
const guard = new URL(`./die-with-parent${import.meta.url.endsWith(".ts") ? ".ts" : ".js"}`, import.meta.url);

/** Runs `program` under our own Node with nothing but `environment`, and reads what it writes into `log`. */
export function startTaskProcess(
  program: string,
  environment: Readonly<Record<string, string>>,
  log: TaskLog,
): TaskProcess {
  const child = spawn(process.execPath, ["--conditions=source", `--import=${guard.href}`, program], {
    cwd: fileURLToPath(new URL(".", `file://${program}`)),
    env: { ...systemVariables(), ...environment },
    stdio: ["ignore", "pipe", "pipe", "ipc"],
  });
  for (const output of [child.stdout, child.stderr]) if (output !== null) log.collect(output);
  return {
    pid: child.pid,
    exited: exitOf(child),
    signal: (signal) => void child.kill(signal),
  };
}

function exitOf(child: ChildProcess): Promise<TaskExit> {
  return new Promise((resolve) => {
    child.once("error", (error) => resolve({ text: `did not start: ${error.message}`, code: undefined }));
    child.once("exit", (code, signal) =>
      resolve(
        signal === null
          ? { text: `exit code ${code}`, code: code ?? undefined }
          : { text: `killed by ${signal}`, code: 128 + constants.signals[signal] },
      ),
    );
  });
}

/** What programs need of the machine. All else stays out, as in a container: a task sees what its definition says. */
function systemVariables(): Record<string, string> {
  const names = ["PATH", "HOME", "TMPDIR", "TZ", "LANG", "SystemRoot", "NODE_EXTRA_CA_CERTS"];
  return Object.fromEntries(
    names.flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name]]])),
  );
}
