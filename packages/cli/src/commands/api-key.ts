import { createHash, randomBytes } from "node:crypto";
import { type Command, UsageError } from "../command.ts";
import { parseOptions } from "../parse-options.ts";

/** Makes an API key: the key for the caller, and its hash for the gateway. */
export const apiKey: Command = {
  name: "api-key",
  summary: "makes an API key, and its entry for the gateway's API_KEYS",
  usage: `agent-team api-key SUBJECT [--scope SCOPE]…

  SUBJECT        the owner of what callers with this key create; 1 to 128 of A-Z a-z 0-9 . _ @ -
  --scope SCOPE  a further permission; admin allows GET /v1/discovery

The key is printed once and not stored.`,

  async run(args, { out }) {
    const { values, positionals } = parseOptions(args, { scope: { type: "string", multiple: true } }, 1);
    const subject = parseSubject(positionals[0]);
    const scopes = (values.scope ?? []).map(parseScope);
    // A fast hash is enough: 256 random bits cannot be guessed.
    const key = `atk_${randomBytes(32).toString("base64url")}`;
    const hash = createHash("sha256").update(key).digest("hex");
    const scopeList = scopes.length === 0 ? "" : `:${scopes.join("+")}`;
    out(`key       ${key}`);
    out(`API_KEYS  ${subject}:${hash}${scopeList}`);
    return 0;
  },
};

// The same patterns as in the gateway.

function parseSubject(subject: string | undefined): string {
  if (subject === undefined) throw new UsageError("expected a SUBJECT");
  if (/^[A-Za-z0-9._@-]{1,128}$/.test(subject)) return subject;
  throw new UsageError(`${subject}: expected 1 to 128 of A-Z a-z 0-9 . _ @ -`);
}

function parseScope(scope: string): string {
  if (/^[a-z][a-z0-9._-]{0,63}$/.test(scope)) return scope;
  throw new UsageError(`--scope=${scope}: expected a lower-case word such as admin`);
}
