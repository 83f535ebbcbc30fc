/** A stand-in for Supabase: a real HTTP server with the key set of a project, and the tokens that the project would issue. */

import { once } from "node:events";
import { createServer, type RequestListener, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { systemClock } from "@agent-team/foundation/clock";
import { type CryptoKey, exportJWK, generateKeyPair, type JWK, type JWTPayload, SignJWT } from "jose";

export type Algorithm = "ES256" | "RS256" | "EdDSA";

/** How the key set's URL responds. */
export type Behaviour = "answers" | "fails" | "hangs" | "drips" | "garbage" | "no set" | "endless" | "redirects";

export interface TokenOptions {
  /** The key that signs. Default: `first`. */
  readonly kid?: string;
  /** Replace the default claims; an undefined one is left out. */
  readonly claims?: Readonly<Record<string, unknown>>;
  readonly header?: Readonly<Record<string, unknown>>;
  /** Until it expires, in seconds. Default 3,600. */
  readonly lifeSeconds?: number;
}

interface Key {
  readonly alg: Algorithm;
  readonly privateKey: CryptoKey;
  readonly jwk: JWK;
}

export class Issuer implements AsyncDisposable {
  /** SUPABASE_URL */
  readonly url: string;
  readonly #server: ReturnType<typeof createServer>;
  readonly #keys = new Map<string, Key>();
  readonly #fetches: string[] = [];
  readonly #strangeKeys: object[] = [];
  behaviour: Behaviour = "answers";

  private constructor(server: ReturnType<typeof createServer>) {
    this.#server = server;
    this.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  static async start(): Promise<Issuer> {
    let listener: RequestListener | undefined;
    const server = createServer((request, response) => listener?.(request, response)).listen(0, "127.0.0.1");
    await once(server, "listening");
    const issuer = new Issuer(server);
    listener = ({ url = "" }, response) => {
      issuer.#fetches.push(url);
      issuer.#answer(response);
    };
    await issuer.addKey("first", "ES256");
    return issuer;
  }

  /** The paths of the requests. */
  get fetches(): readonly string[] {
    return this.#fetches;
  }

  async addKey(kid: string, alg: Algorithm): Promise<void> {
    this.#keys.set(kid, await makeKey(kid, alg));
  }

  /** Publishes a key as it is, however wrong. */
  publish(jwk: object): void {
    this.#strangeKeys.push(jwk);
  }

  removeKey(kid: string): void {
    this.#keys.delete(kid);
  }

  /** A public key. */
  publicKey(kid = "first"): JWK {
    return this.#key(kid).jwk;
  }

  async token({ kid = "first", claims, header, lifeSeconds = 3_600 }: TokenOptions = {}): Promise<string> {
    const { alg, privateKey } = this.#key(kid);
    const now = Math.floor(systemClock.wallNow() / 1_000);
    const payload = { ...this.claims, iat: now, exp: now + lifeSeconds, ...claims };
    return new SignJWT(payload).setProtectedHeader({ alg, kid, typ: "JWT", ...header }).sign(privateKey);
  }

  /** The default claims. */
  get claims(): JWTPayload {
    return { iss: `${this.url}/auth/v1`, aud: "authenticated", sub: "ada", role: "authenticated" };
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    if (this.#server.listening) await once(this.#server, "close");
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #key(kid: string): Key {
    const key = this.#keys.get(kid);
    if (key === undefined) throw new Error(`unknown key ${kid}`);
    return key;
  }

  #answer(response: ServerResponse): void {
    switch (this.behaviour) {
      case "answers":
        return void response.end(
          JSON.stringify({ keys: [...[...this.#keys.values()].map(({ jwk }) => jwk), ...this.#strangeKeys] }),
        );
      case "fails":
        return void response.writeHead(500).end("out of order");
      case "hangs":
        return;
      case "drips":
        return void response.write('{"keys":[');
      case "garbage":
        return void response.end("<html>");
      case "no set":
        return void response.end('{"keys":["first"]}');
      case "endless":
        return flood(response);
      case "redirects":
        return void response.writeHead(302, { location: "http://169.254.169.254/" }).end();
      default:
        return this.behaviour satisfies never;
    }
  }
}

/** Writes until the connection closes. */
function flood(response: ServerResponse): void {
  const chunk = `{"keys":["${"x".repeat(65_536)}`;
  const more = (): void => {
    while (!response.destroyed && response.write(chunk));
  };
  response.on("drain", more);
  more();
}

async function makeKey(kid: string, alg: Algorithm): Promise<Key> {
  const { privateKey, publicKey } = await generateKeyPair(alg);
  return { alg, privateKey, jwk: { ...(await exportJWK(publicKey)), kid, alg, use: "sig" } };
}
