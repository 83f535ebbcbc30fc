/** A project of Supabase as the gateway sees it: a key set on loopback, and tokens that its key signs. */

import { generateKeyPairSync, type KeyObject, randomBytes, sign } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { systemClock } from "@agent-team/foundation/clock";

export interface Project extends AsyncDisposable {
  /** SUPABASE_URL of the gateway. */
  readonly url: string;
  /** An access token of a user, with more claims, or others than the usual ones. */
  token(subject: string, more?: Readonly<Record<string, unknown>>): string;
}

export function bearer(token: string): Readonly<Record<string, string>> {
  return { authorization: `Bearer ${token}` };
}

export async function startProject(): Promise<Project> {
  const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const kid = randomBytes(4).toString("hex");
  const keys = [{ ...publicKey.export({ format: "jwk" }), kid, alg: "ES256", use: "sig" }];
  const server = createServer((_, response) => void response.end(JSON.stringify({ keys }))).listen(0, "127.0.0.1");
  await once(server, "listening");
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url,
    token(sub, more) {
      const exp = Math.floor(systemClock.wallNow() / 1_000) + 3_600;
      const claims = { iss: `${url}/auth/v1`, aud: "authenticated", sub, exp, ...more };
      return signed({ alg: "ES256", kid, typ: "JWT" }, claims, privateKey);
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

/** A JWT of ES256, made without the library that reads it. */
function signed(header: object, claims: object, privateKey: KeyObject): string {
  const text = [header, claims].map((part) => Buffer.from(JSON.stringify(part)).toString("base64url")).join(".");
  const signature = sign("sha256", Buffer.from(text), { key: privateKey, dsaEncoding: "ieee-p1363" });
  return `${text}.${signature.toString("base64url")}`;
}
