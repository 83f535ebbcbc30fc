import { type ChildProcess, spawn } from "node:child_process";
import { constants } from "node:os";
import { fileURLToPath } from "node:url";
import type { Clock } from "@agent-team/grpc-client";
import { endProcessGroup } from "./process-group.ts";
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

// The rest lies in a pipe of this machine. A process that left the task's group may hold the pipe open.
const outputTimeoutMs = 1_000;
// Beside this file, whether that is the source or built.
const guard = fileURLToPath(
  new URL(`./die-with-parent${import.meta.url.endsWith(".ts") ? ".ts" : ".js"}`, import.meta.url),
);

/**
 * Runs `program` under our own Node with nothing but `environment`, and reads what it writes into `log`. SIGTERM reaches
 * the program alone, as in a container; SIGKILL and the program's end take the processes that it started with it.
 */
export function startTaskProcess(
  program: string,
  environment: Readonly<Record<string, string>>,
  log: TaskLog,
  clock: Clock,
): TaskProcess {
  const child = spawn(process.execPath, ["--conditions=source", guard, program], {
    // A process group of its own: a Ctrl-C on the terminal is for the cloud, which then ends its tasks.
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

/** Resolves when what the process wrote has been read, too: its last lines say why it ended. */
function exitOf(child: ChildProcess, clock: Clock): Promise<TaskExit> {
  return new Promise((resolve) => {
    child.once("error", (error) => resolve({ text: `did not start: ${error.message}`, code: undefined }));
    child.once("exit", (code, signal) => {
      if (child.pid !== undefined) endProcessGroup(child.pid);
      const exit =
        signal === null
          ? { text: `exit code ${code}`, code: code ?? undefined }
          : { text: `killed by ${signal}`, code: 128 + constants.signals[signal] };
      const timer = clock.setTimer(outputTimeoutMs, () => resolve(exit), { unref: true });
      child.once("close", () => {
        timer.cancel();
        resolve(exit);
      });
    });
  });
}

/** What programs need of the machine. All else stays out, as in a container: a task sees what its definition says. */
function systemVariables(): Record<string, string> {
  const names = ["PATH", "HOME", "TMPDIR", "TZ", "LANG", "SystemRoot", "NODE_EXTRA_CA_CERTS"];
  return Object.fromEntries(
    names.flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name]]])),
  );
}
