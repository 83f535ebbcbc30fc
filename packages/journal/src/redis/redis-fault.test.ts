// Replies of a real Redis that a test cannot provoke; the other faults are in test/redis-refusals.test.ts and test/redis-tls.test.ts.

import { expect, test } from "vitest";
import { faultOf } from "./redis-fault.ts";

function reply(message: string): Error {
  // ioredis adds the whole command.
  return Object.assign(new Error(message), { name: "ReplyError", command: { name: "auth", args: ["secret"] } });
}

function socketError(code: string, message: string): Error {
  return Object.assign(new Error(message), { code });
}

test.for([
  [reply("ERR max number of clients reached"), "ERR", /maxclients/],
  [reply("MISCONF Redis is configured to save RDB snapshots, but …"), "MISCONF", /its log and its disk/],
  [reply("MASTERDOWN Link with MASTER is down and replica-serve-stale-data is set to 'no'."), "MASTERDOWN", /primary/],
  [reply("BUSY Redis is busy running a script. You can only call SCRIPT KILL …"), "BUSY", /SCRIPT KILL/],
  [reply("MOVED 8 10.0.0.9:6379"), "MOVED", /cluster mode off is expected/],
  [reply("DENIED Redis is running in protected mode because …"), "DENIED", /protected mode/],
  [reply(`ERR something new\r\n${"x".repeat(500)}`), "ERR", /^ERR something new x{1,200}$/],
  [reply("ERR \u001b[31mred"), "ERR", /^ERR \[31mred$/],
  [socketError("ENOTFOUND", "getaddrinfo ENOTFOUND cache.local"), "ENOTFOUND", /correct the host in REDIS_URL/],
  [socketError("EAI_AGAIN", "getaddrinfo EAI_AGAIN cache.local"), "EAI_AGAIN", /name server/],
  [socketError("EHOSTUNREACH", "connect EHOSTUNREACH 10.0.0.9:6379"), "EHOSTUNREACH", /security groups/],
  [socketError("CERT_HAS_EXPIRED", "certificate has expired"), "CERT_HAS_EXPIRED", /renew it/],
  [socketError("UNABLE_TO_VERIFY_LEAF_SIGNATURE", "…"), "UNABLE_TO_VERIFY_LEAF_SIGNATURE", /NODE_EXTRA_CA_CERTS/],
  [socketError("EPROTO", "…SSL routines…"), "EPROTO", /redis:\/\//],
  [socketError("EMFILE", "too many open files"), "EMFILE", /EMFILE: too many open files/],
] as const)("%s becomes a fault with a remedy, on one line and without the command", ([error, code, text]) => {
  const fault = faultOf(error);

  expect(fault.code).toBe(code);
  expect(fault.text).toMatch(text);
  expect(JSON.stringify(fault)).not.toMatch(/secret|\\n/);
});
