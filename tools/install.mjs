// Installs what package-lock.json names, by one `npm ci` at a time: two in one folder delete each other's files, and what is
// left looks installed. Plain JavaScript without dependencies, because it is what installs them.

import { spawn } from "node:child_process";
import { existsSync, linkSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";

const WINDOWS = process.platform === "win32";

/**
 * npm waits 10 s and then 60 s before it asks an unreachable registry again; with these it waits 1 s and 5 s. Its cache is used
 * without asking whether it is fresh, since the lockfile has the hashes.
 */
const NETWORK = ["--prefer-offline", "--fetch-retry-mintimeout=1000", "--fetch-retry-maxtimeout=5000"];

/** An install takes less than this where the registry answers. */
const REMINDER_MS = 30_000;

/** Where the Node that everything runs on is installed. */
export function nodeIn(root) {
  return join(root, "node_modules", "node", "bin", WINDOWS ? "node.exe" : "node");
}

/**
 * Resolves when everything is installed: at once, after an `npm ci` of its own, or after one that is under way already.
 * Throws with one line for people when npm fails. `reminderMs`: after which time a line says what npm may be waiting for.
 */
export async function install(root, reminderMs = REMINDER_MS) {
  const lock = join(root, ".npm-ci.lock");
  while (!isInstalled(root)) {
    if (take(lock)) return await runNpm(root, lock, reminderMs);
    await untilReleased(lock);
  }
}

/** npm writes node_modules/.package-lock.json last, so one that is older than the lockfile means an unfinished or outdated install. */
function isInstalled(root) {
  const marker = join(root, "node_modules", ".package-lock.json");
  return (
    existsSync(nodeIn(root)) &&
    existsSync(marker) &&
    statSync(marker).mtimeMs >= statSync(join(root, "package-lock.json")).mtimeMs - 1_000
  );
}

/** Makes the lock file. A link fails where the file exists, so of two processes one gets it; and it is never there without its number. */
function take(lock) {
  const own = `${lock}.${process.pid}`;
  writeFileSync(own, String(process.pid));
  try {
    linkSync(own, lock);
    return true;
  } catch (error) {
    if (error.code === "EEXIST") return false;
    throw error;
  } finally {
    rmSync(own, { force: true });
  }
}

async function runNpm(root, lock, reminderMs) {
  const state = existsSync(join(root, "node_modules")) ? "older than package-lock.json" : "missing";
  console.error(`node_modules is ${state}: npm ci installs it, once …`);
  // oxlint-disable-next-line no-restricted-globals -- npm has no event for a wait, and this file has no dependencies
  const reminder = setTimeout(() => console.error(reminderOf(reminderMs)), reminderMs);
  try {
    const npm = startNpm(root, lock);
    const end = await new Promise((resolve) => {
      npm.once("error", (error) => resolve(error.message));
      npm.once("exit", (code, signal) => resolve(code ?? signal));
    });
    if (end !== 0)
      throw new Error(
        `npm ci failed (${end}); its messages are above. It needs the registry for what its cache lacks.`,
      );
  } finally {
    clearTimeout(reminder);
    rmSync(lock, { force: true });
  }
}

/** The file gets its number whole, by a rename: an empty lock would look like one of a process that has ended. */
const BECOME_NPM = 'echo $$ > "$0.$$" && mv "$0.$$" "$0" && exec npm "$@"';

/**
 * npm goes on when this process is killed, so the lock gets npm's number: by the process that becomes npm, before it begins.
 * Warnings about the engines of development tools are noise here: they run on the pinned Node, not on npm's.
 */
function startNpm(root, lock) {
  const args = ["ci", "--no-audit", "--no-fund", "--loglevel=error", ...NETWORK];
  const options = { cwd: root, stdio: ["ignore", 2, 2] };
  if (!WINDOWS) return spawn("sh", ["-c", BECOME_NPM, lock, ...args], options);
  const npm = spawn("npm", args, { ...options, shell: true });
  if (npm.pid !== undefined) writeFileSync(lock, String(npm.pid));
  return npm;
}

/** npm is silent while it waits, and has no limit for the whole: one for each request, which waits for its turn. */
function reminderOf(ms) {
  const wait = "A registry that does not answer can hold it for many minutes";
  return `npm ci has run for ${ms / 1_000} s. ${wait}: "npm ping" asks it, Ctrl-C ends this.`;
}

/** Waits for the `npm ci` that holds the lock, and removes the lock of one that was killed. */
async function untilReleased(lock) {
  const pid = Number(readIfThere(lock));
  if (isAlive(pid)) console.error(`Another npm ci (process ${pid}) is installing here; waiting for it …`);
  while (existsSync(lock) && isAlive(pid)) await delay(200);
  // A lock with another process's number is the next one's already.
  if (Number(readIfThere(lock)) === pid) rmSync(lock, { force: true });
}

function readIfThere(file) {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return ""; // released a moment ago
  }
}

function isAlive(pid) {
  if (!(pid > 0)) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === "EPERM"; // it lives, and is another user's
  }
}
