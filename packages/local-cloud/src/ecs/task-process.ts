import { type ChildProcess, spawn } from "node:child_process";
import { constants } from "node:os";
import { fileURLToPath } from "node:url";
import type { Clock } from "@agent-team/foundation/clock";
import { endProcessGroup } from "./process-group.ts";
import type { TaskLog } from "./task-log.ts";

/** Variables that a task inherits from this process. All others come from its task definition, as in a container. */
const INHERITED_VARIABLES = [
  "PATH",
  "HOME",
  "TMPDIR",
  "TZ",
  "LANG",
  "SystemRoot",
  "NODE_EXTRA_CA_CERTS",
  // A program that runs from its sources starts with half the CPU.
  "NODE_COMPILE_CACHE",
];

/** How a process ended. */
export interface TaskExit {
  /** For a message: `exit code 1`, `killed by SIGKILL`. */
  readonly text: string;
  /** The exit code, or as in a shell 128 plus the number of the signal. Undefined for a process that did not start. */
  readonly code: number | undefined;
}

export interface TaskProcess {
  readonly pid: number | undefined;
  readonly exited: Promise<TaskExit>;
  /** Does nothing once the process has ended. */
  signal(signal: "SIGTERM" | "SIGKILL"): void;
}

/** Limit for reading the remaining output after the exit: a process that left the process group may hold the pipe open. */
const OUTPUT_TIMEOUT_MS = 1_000;
/** The main program of every task, beside this file in the sources and in the build. */
const MAIN_PROGRAM = fileURLToPath(
  new URL(`./die-with-parent${import.meta.url.endsWith(".ts") ? ".ts" : ".js"}`, import.meta.url),
);

/**
 * Runs `program` with the Node of this process and the variables of `environment`, and writes its output to `log`. SIGTERM is
 * sent to the program alone, as in a container. SIGKILL, and the exit of the program, also end the processes that it started.
 */
export function startTaskProcess(
  program: string,
  environment: Readonly<Record<string, string>>,
  log: TaskLog,
  clock: Clock,
): TaskProcess {
  const child = spawn(process.execPath, ["--conditions=source", MAIN_PROGRAM, program], {
    // A process group of its own: Ctrl-C in the terminal reaches the cloud alone, which then ends its tasks.
    detached: true,
    cwd: fileURLToPath(new URL(".", `file://${program}`)),
    env: { ...systemVariables(), ...environment },
    stdio: ["ignore", "pipe", "pipe", "ipc"],
  });
  for (const output of [child.stdout, child.stderr]) if (output !== null) log.collect(output);
  return {
    pid: child.pid,
    exited: exitOf(child, clock),
    signal(signal) {
      if (signal === "SIGTERM") child.kill(signal);
      else if (isRunning(child)) endProcessGroup(child.pid);
    },
  };
}

function isRunning(child: ChildProcess): child is ChildProcess & { readonly pid: number } {
  return child.pid !== undefined && child.exitCode === null && child.signalCode === null;
}

/** Resolves after the exit, when the output has been read: its last lines often name the cause. */
function exitOf(child: ChildProcess, clock: Clock): Promise<TaskExit> {
  return new Promise((resolve) => {
    child.once("error", (error) => resolve({ text: `did not start: ${error.message}`, code: undefined }));
    child.once("exit", (code, signal) => {
      if (child.pid !== undefined) endProcessGroup(child.pid);
      const exit =
        signal === null
          ? { text: `exit code ${code}`, code: code ?? undefined }
          : { text: `killed by ${signal}`, code: 128 + constants.signals[signal] };
      const timer = clock.setTimer(OUTPUT_TIMEOUT_MS, () => resolve(exit), { unref: true });
      child.once("close", () => {
        timer.cancel();
        resolve(exit);
      });
    });
  });
}

/** The inherited variables that are set. */
function systemVariables(): Record<string, string> {
  return Object.fromEntries(
    INHERITED_VARIABLES.flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name]]])),
  );
}
