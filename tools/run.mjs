// Runs one script of the repository with the Node that package.json pins, on a machine that may have another Node and
// nothing installed. Plain JavaScript without dependencies, because it is what installs them.
//
//   node tools/run.mjs SCRIPT [ARGUMENTS…]

import { spawn, spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { install, nodeIn } from "./install.mjs";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const bin = join(root, "node_modules", ".bin");
const node = nodeIn(root);

function stop(message) {
  console.error(message);
  process.exit(1);
}

await install(root).catch((error) => stop(error.message));

const pinned = JSON.parse(readFileSync(join(root, "package.json"), "utf8")).devDependencies.node;
const probe = spawnSync(node, ["--version"], { encoding: "utf8" });
if (probe.stdout?.trim() !== `v${pinned}`) {
  stop(
    `Expected Node v${pinned} in node_modules, found ${probe.stdout?.trim() || "none"}: run "npm rebuild node", then try again.`,
  );
}

const [script, ...args] = process.argv.slice(2);
const env = {
  // Programs run from their sources, and many of them start other programs: with the compiled code of the last run a start takes half the CPU.
  NODE_COMPILE_CACHE: join(root, "node_modules", ".cache", "node"),
  ...process.env,
  PATH: `${bin}${process.platform === "win32" ? ";" : ":"}${process.env.PATH}`,
};
const child = spawn(node, ["--conditions=source", join(root, script), ...args], {
  stdio: ["inherit", "inherit", "inherit", "ipc"],
  env,
});
child.on("exit", (code, signal) => {
  process.exitCode = code ?? (signal === "SIGINT" ? 130 : 143);
  clearInterval(parentWatch);
});

// The program ends with whatever started it. The channel is how it learns of that: the kernel closes our end when we end,
// and we close it when we are told to.
function end(signal) {
  if (child.connected) child.disconnect();
  if (signal !== undefined) child.kill(signal);
}

// SIGINT is not passed on: a Ctrl-C reaches the program by itself, since both are in the terminal's process group, and a
// second SIGINT would end it at once. npm passes on what it alone was given, to us and no further (scripts begin with
// `exec`, because a shell between npm and us would keep the signal).
process.on("SIGINT", () => end());
for (const signal of ["SIGTERM", "SIGHUP"]) process.on(signal, () => end(signal));

// A killed npm is noticed by its child's new parent. Without npm, the shell that started us in the background may end first.
const parent = process.ppid;
// oxlint-disable-next-line no-restricted-globals -- no event says that the parent has ended, and this file has no dependencies
const parentWatch = setInterval(() => {
  if (process.env.npm_command === undefined || process.ppid === parent) return;
  clearInterval(parentWatch);
  end("SIGTERM");
}, 500);
