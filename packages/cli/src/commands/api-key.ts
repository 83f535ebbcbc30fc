import { createHash, randomBytes } from "node:crypto";
import { type Command, UsageError } from "../command.ts";
import { parseOptions } from "../parse-options.ts";

/** Makes an API key: the key for whoever calls, and what the gateway has to know of it, which is not the key. */
export const apiKey: Command = {
  name: "api-key",
  summary: "makes an API key, and its entry for the gateway's API_KEYS",
  usage: `agent-team api-key SUBJECT [--scope SCOPE]…

  SUBJECT        whose calls the key makes: what they create belongs to it; up to 128 of A-Z a-z 0-9 . _ @ -
  --scope SCOPE  what else the key may do; admin opens GET /v1/discovery

The key is shown this once and stored nowhere.`,

  async run(args, { out }) {
    const { values, positionals } = parseOptions(args, { scope: { type: "string", multiple: true } }, 1);
    const subject = parseSubject(positionals[0]);
    const scopes = (values.scope ?? []).map(parseScope);
    // 256 random bits, which nobody guesses: that is why the gateway can do with a fast hash of them.
    const key = `atk_${randomBytes(32).toString("base64url")}`;
    const hash = createHash("sha256").update(key).digest("hex");
    const scopeList = scopes.length === 0 ? "" : `:${scopes.join("+")}`;
    out(`key       ${key}`);
    out(`API_KEYS  ${subject}:${hash}${scopeList}`);
    return 0;
  },
};

// Both as the gateway reads them.

function parseSubject(subject: string | undefined): string {
  if (subject === undefined) throw new UsageError("whose key?");
  if (/^[A-Za-z0-9._@-]{1,128}$/.test(subject)) return subject;
  throw new UsageError(`${subject}: expected 1 to 128 of A-Z a-z 0-9 . _ @ -`);
}

function parseScope(scope: string): string {
  if (/^[a-z][a-z0-9._-]{0,63}$/.test(scope)) return scope;
  throw new UsageError(`--scope=${scope}: expected a lower-case word such as admin`);
}
