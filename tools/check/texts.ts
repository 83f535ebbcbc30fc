import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { outputOf, ROOT } from "./tool.ts";

const HOME = /(?:^|[\s"'`(=:])\/(?:home|root|Users|work)\/[\w.-]/;
const MARKER = /^(?:<{7}|>{7}) /;
const LINK = /\]\(([^)\s]+)\)/g;

/** Paths of one machine: a file that contains one works on that machine only. */
export function findMachinePaths(): string {
  const texts = trackedFiles(/\.(?:md|ts|mjs|json|sh|yaml|proto|tf)$/);
  return texts
    .flatMap((file) =>
      linesOf(file).map((line, index) => (HOME.test(line) ? `${file}:${index + 1}: a path of one machine` : "")),
    )
    .filter((finding) => finding !== "")
    .join("\n");
}

/** What a merge left: one of three lines that git writes where two versions meet. */
export function findConflictMarkers(): string {
  return trackedFiles(/./)
    .flatMap((file) => linesOf(file).map((line, index) => (MARKER.test(line) ? `${file}:${index + 1}: ${line}` : "")))
    .filter((finding) => finding !== "")
    .join("\n");
}

/** Links of documents to files that do not exist. */
export function findBrokenLinks(): string {
  return trackedFiles(/\.md$/)
    .flatMap((file) => linksOf(file).filter(({ to }) => !existsSync(join(ROOT, dirname(file), to))))
    .map(({ from, to }) => `${from}: no such file: ${to}`)
    .join("\n");
}

function linksOf(file: string): { from: string; to: string }[] {
  const targets = [...readFileSync(join(ROOT, file), "utf8").matchAll(LINK)].map((match) => match[1] ?? "");
  return targets
    .filter((target) => !/^[a-z]+:|^#/.test(target))
    .map((target) => ({ from: file, to: decodeURI(target.replace(/#.*$/, "")) }));
}

function linesOf(file: string): string[] {
  return readFileSync(join(ROOT, file), "utf8").split("\n");
}

/** The tracked and the new files with such a name. @throws Error without git: no file found is no pass. */
function trackedFiles(name: RegExp): string[] {
  const files = outputOf("git", ["ls-files", "-co", "--exclude-standard"]).split("\n");
  return files.filter((file) => name.test(file) && existsSync(join(ROOT, file)));
}
