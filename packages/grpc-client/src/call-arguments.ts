/**
 * What a caller gives to a call, checked where it enters. A value that cannot be right is refused with its name and its
 * range, before it reaches a queue, a timer or a connection that other calls share.
 */

import { CALL_PRIORITIES } from "./call-priority.ts";
import type { CallOptions, Method } from "./client-call.ts";
import { COMPRESSIONS } from "./compression.ts";
import { invalidArgument } from "./errors.ts";

// Not by an import, which would read every export of the module: 3 ms of CPU at each start.
const { types } = process.getBuiltinModule("node:util");

/**
 * gRPC over HTTP/2: `Path → "/" Service-Name "/" {method name}`. Visible ASCII only: node:http2 sends a line break as it
 * is, and the peer then ends the connection with all its calls.
 */
const PATH = /^\/[!-~]+\/[!-~]+$/;

/** gRPC over HTTP/2: `Message-Length → {length of Message} encoded as 4 byte unsigned integer`. */
const MAX_MESSAGE_BYTES = 0xffff_ffff;

/** The path of the last call, which was right. */
let checkedPath: unknown = Symbol("none");

/** @throws ChannelError `invalid_argument` for a method or an option that cannot be right. */
export function checkCall(method: Method, options: CallOptions): void {
  const { timeoutMs, firstByteTimeoutMs, idleTimeoutMs, waitForReady, inheritsInbound, metadata } = options;
  // Most calls have the path of the call before them, and the expression costs more than all other checks.
  if (method.path !== checkedPath) checkPath("method.path", method.path);
  checkedPath = method.path;
  if (timeoutMs !== undefined) checkTimeout("timeoutMs", timeoutMs);
  if (firstByteTimeoutMs !== undefined) checkLimit("firstByteTimeoutMs", firstByteTimeoutMs);
  if (idleTimeoutMs !== undefined) checkLimit("idleTimeoutMs", idleTimeoutMs);
  if (options.resume !== undefined && typeof options.resume !== "function")
    throw invalidArgument("resume", "a function", options.resume);
  if (options.priority !== undefined) checkPriority(options.priority);
  if (options.compression !== undefined) checkCompression(options.compression);
  if (waitForReady !== undefined) checkFlag("waitForReady", waitForReady);
  if (inheritsInbound !== undefined) checkFlag("inheritsInbound", inheritsInbound);
  if (metadata !== undefined && typeof metadata?.sendable !== "function")
    throw invalidArgument("metadata", "a Metadata of Metadata.from", metadata);
}

/** @throws ChannelError `invalid_argument` unless `value` can be the path of a method. */
export function checkPath(name: string, value: unknown): void {
  if (typeof value === "string" && PATH.test(value)) return;
  throw invalidArgument(name, "/package.Service/Method in visible ASCII", value);
}

/** @throws ChannelError `invalid_argument` unless `value` is a time in ms from 0 to 2⁵³ − 1, or Infinity. */
export function checkTimeout(name: string, value: unknown): void {
  // The first comparison is false for NaN.
  if (typeof value === "number" && value >= 0 && (value <= Number.MAX_SAFE_INTEGER || value === Infinity)) return;
  throw invalidArgument(name, `milliseconds from 0 to ${Number.MAX_SAFE_INTEGER}, or Infinity for no limit`, value);
}

/** The same, but at least 1. */
function checkLimit(name: string, value: unknown): void {
  if (typeof value === "number" && value >= 1) return;
  throw invalidArgument(name, "1 ms or more, or Infinity for no limit", value);
}

function checkFlag(name: string, value: unknown): void {
  if (typeof value !== "boolean") throw invalidArgument(name, "true or false", value);
}

/** @throws ChannelError `invalid_argument` unless `value` is one of `CALL_PRIORITIES`. */
export function checkPriority(value: unknown): void {
  if (CALL_PRIORITIES.some((each) => each === value)) return;
  throw invalidArgument("priority", `one of ${CALL_PRIORITIES.join(", ")}`, value);
}

/** @throws ChannelError `invalid_argument` unless `value` is one of `COMPRESSIONS`. */
function checkCompression(value: unknown): void {
  if (COMPRESSIONS.some((each) => each === value)) return;
  throw invalidArgument("compression", `one of ${COMPRESSIONS.join(", ")}`, value);
}

/** @throws ChannelError `invalid_argument` unless `message` is bytes that a length prefix can count. */
export function checkMessage(message: Uint8Array): void {
  // Not `instanceof`: test runners give modules globals of their own, and their arrays are as good.
  if (!types.isUint8Array(message)) throw invalidArgument("message", "a Uint8Array", message);
  if (message.length > MAX_MESSAGE_BYTES)
    throw invalidArgument("message", `at most ${MAX_MESSAGE_BYTES} bytes`, message.length);
}
