/**
 * The certificates of one end of TLS, and their files, which are read again when they change. In: files or texts, and a
 * clock. Out: texts that have passed the check; after a change either the new texts, or the fault while the last good texts
 * stay in use.
 *
 * Files are polled and compared by content: a change is seen on every file system, also behind a replaced symbolic link,
 * and whatever the times of the files say.
 */

import { type CertificateFault, type CertificatePart, type CertificateTexts, faultOf } from "./certificates.ts";
import type { Clock, Timer } from "./clock.ts";

// Not by an import, which would read every export of the module: 2 ms of CPU at each start.
const { readFileSync, statSync } = process.getBuiltinModule("node:fs");

/** Two polls see a change and use it, in 4 s at most; reading three files costs 0.1 ms. */
const POLL_MS = 2_000;

/** A bundle of all public CAs has 220 KB. */
const MAX_FILE_BYTES = 1 << 20;

/** A PEM file, which is watched, or its text. */
export type CertificateSource = { readonly file: string } | { readonly text: string };

/** Undefined: the end has no such text. */
export type CertificateSources = Readonly<Partial<Record<CertificatePart, CertificateSource | undefined>>>;

/** Receives what becomes of changes. */
export interface CertificatesListener {
  /** The files have changed, and their new texts are in use. */
  onChange(texts: CertificateTexts): void;
  /** The files have changed and cannot be used. Called once for each change. */
  onFault(fault: CertificateFault): void;
}

export class WatchedCertificates {
  readonly #sources: CertificateSources;
  readonly #clock: Clock;
  readonly #listener: CertificatesListener;
  #used: Files;
  #texts: CertificateTexts;
  #seen: Files;
  #isSettled = true;
  #timer: Timer | undefined;

  private constructor(sources: CertificateSources, files: Files, clock: Clock, listener: CertificatesListener) {
    this.#sources = sources;
    this.#clock = clock;
    this.#listener = listener;
    this.#used = files;
    this.#texts = textsOf(files);
    this.#seen = files;
    if (PARTS.some((part) => isFile(sources[part]))) this.#setTimer();
  }

  /** Reads the files now, and again when they change, until `close()`. A fault is returned, and then nothing is polled. */
  static open(
    sources: CertificateSources,
    clock: Clock,
    listener: CertificatesListener,
  ): WatchedCertificates | CertificateFault {
    const files = readFiles(sources);
    return faultIn(files, clock) ?? new WatchedCertificates(sources, files, clock, listener);
  }

  /** The texts in use: the same object until they change. */
  get texts(): CertificateTexts {
    return this.#texts;
  }

  /** Ends the polling. Idempotent. */
  close(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  #setTimer(): void {
    this.#timer = this.#clock.setTimer(POLL_MS, () => this.#poll(), { unref: true });
  }

  /** A writer replaces certificate and key one after the other: a change is used when the next poll sees no further one. */
  #poll(): void {
    this.#setTimer();
    const files = readFiles(this.#sources);
    const isSame = areSame(files, this.#seen);
    this.#seen = files;
    if (isSame && !this.#isSettled) this.#use(files);
    this.#isSettled = isSame;
  }

  #use(files: Files): void {
    if (areSame(files, this.#used)) return;
    const fault = faultIn(files, this.#clock);
    if (fault !== undefined) return this.#listener.onFault(fault);
    this.#used = files;
    this.#texts = textsOf(files);
    this.#listener.onChange(this.#texts);
  }
}

/** What is in a source: its text, or why it cannot be read. Undefined: no source was given. */
type File = { readonly text: string } | { readonly problem: string } | undefined;
type Files = Readonly<Record<CertificatePart, File>>;

const PARTS: readonly CertificatePart[] = ["cert", "key", "ca"];

function readFiles({ cert, key, ca }: CertificateSources): Files {
  return { cert: readSource(cert), key: readSource(key), ca: readSource(ca) };
}

function readSource(source: CertificateSource | undefined): File {
  if (source === undefined || "text" in source) return source;
  try {
    const stat = statSync(source.file);
    if (!stat.isFile()) return { problem: "it is not a regular file" };
    if (stat.size > MAX_FILE_BYTES) return { problem: `it has ${stat.size} bytes, more than ${MAX_FILE_BYTES}` };
    return { text: readFileSync(source.file, "utf8") };
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : String(error);
    return { problem: code === "ENOENT" ? "there is no such file" : `it cannot be read (${code})` };
  }
}

function faultIn(files: Files, clock: Clock): CertificateFault | undefined {
  for (const part of PARTS) {
    const file = files[part];
    if (file !== undefined && "problem" in file) return { part, message: `expected a PEM file, but ${file.problem}` };
  }
  return faultOf(textsOf(files), clock.wallNow());
}

function textsOf({ cert, key, ca }: Files): CertificateTexts {
  return { cert: textOf(cert), key: textOf(key), ca: textOf(ca) };
}

function textOf(file: File): string | undefined {
  return file !== undefined && "text" in file ? file.text : undefined;
}

function areSame(a: Files, b: Files): boolean {
  return PARTS.every((part) => contentOf(a[part]) === contentOf(b[part]));
}

function contentOf(file: File): string | undefined {
  if (file === undefined) return undefined;
  return "text" in file ? file.text : file.problem;
}

function isFile(source: CertificateSource | undefined): boolean {
  return source !== undefined && "file" in source;
}

/** The name of a setting, such as `TLS_CERT_FILE` for the file of the certificate. */
export type NameOfSource = (part: CertificatePart, kind: "file" | "text") => string;

/** One line for a person: `TLS_KEY_FILE=/run/key.pem: expected …, but …`. It holds no text of a source. */
export function describeFault(
  { part, message }: CertificateFault,
  sources: CertificateSources,
  nameOf: NameOfSource,
): string {
  const source = sources[part];
  if (source === undefined) return `${nameOf(part, "file")} is not set: ${message}`;
  return "file" in source
    ? `${nameOf(part, "file")}=${source.file}: ${message}`
    : `${nameOf(part, "text")}: ${message}`;
}
