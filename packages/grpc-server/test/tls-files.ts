import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { IssuedCertificate } from "@agent-team/certificate-authority";

/** PEM files in a folder of their own, which ends with the test. */
export class TlsFiles {
  readonly #folder = mkdtempSync(join(tmpdir(), "tls-"));

  write(name: string, text: string): string {
    const path = join(this.#folder, name);
    writeFileSync(path, text);
    return path;
  }

  /** The variables of a server with this certificate. Writing another one later replaces the files. */
  serverVariables({ certificate, key }: IssuedCertificate, clientCa?: string): Readonly<Record<string, string>> {
    return {
      TLS_CERT_FILE: this.write("cert.pem", certificate),
      TLS_KEY_FILE: this.write("key.pem", key),
      ...(clientCa === undefined ? {} : { TLS_CLIENT_CA_FILE: this.write("client-ca.pem", clientCa) }),
    };
  }

  [Symbol.dispose](): void {
    rmSync(this.#folder, { recursive: true });
  }
}
