/**
 * Mutual TLS between the tasks: a CA of the cloud, and a certificate for each service and for the shell of the operator. In: the
 * services. Out: PEM files, and the variables that name them. The CA's key stays in this process and ends with it.
 */

import { chmodSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { CertificateAuthority } from "@agent-team/certificate-authority";
import type { Clock } from "@agent-team/foundation/clock";
import type { ServiceDefinition } from "./services.ts";

/** The holder of the certificate for programs outside the cloud. */
const OPERATOR = "operator";

/** Readable for the user who runs the cloud and its tasks. */
const PRIVATE = 0o600;

export interface CertificatesSource {
  readonly cloudName: string;
  /** The namespace: a service's certificate is for `{service}.{namespace}`, and for the namespace itself. */
  readonly namespace: string;
  readonly services: readonly ServiceDefinition[];
  /** Folder for the files. Default: a temporary one. */
  readonly folder: string | undefined;
  readonly clock: Clock;
}

export class CloudCertificates {
  readonly #source: CertificatesSource;
  readonly #folder: string;
  readonly #authority: CertificateAuthority;

  private constructor(source: CertificatesSource, folder: string, authority: CertificateAuthority) {
    this.#source = source;
    this.#folder = folder;
    this.#authority = authority;
  }

  /** Makes the CA and writes all files. */
  static async create(source: CertificatesSource): Promise<CloudCertificates> {
    const authority = await CertificateAuthority.create(`CA of ${source.cloudName}`, source.clock.wallNow());
    const folder =
      source.folder === undefined ? mkdtempSync(join(tmpdir(), "agent-team-tls-")) : resolve(source.folder);
    mkdirSync(folder, { recursive: true });
    const certificates = new CloudCertificates(source, folder, authority);
    certificates.#write("ca.pem", authority.certificate);
    await certificates.renew();
    return certificates;
  }

  /** Issues every certificate again, of the same CA. Tasks read their files when they change. */
  async renew(): Promise<void> {
    await Promise.all([...this.#source.services.map(({ name }) => name), OPERATOR].map((name) => this.#issue(name)));
  }

  /** The variables of a service's server, for those that speak gRPC. */
  serverVariables({ name, protocol }: ServiceDefinition): Record<string, string> {
    if (protocol !== "grpc") return {};
    return {
      TLS_CERT_FILE: this.#path(`${name}.pem`),
      TLS_KEY_FILE: this.#path(`${name}.key`),
      TLS_CLIENT_CA_FILE: this.#path("ca.pem"),
    };
  }

  /** The variables of the channels to every service that has a prefix. `holder` is a service; default: the operator. */
  clientVariables(holder: string = OPERATOR): Record<string, string> {
    const prefixes = this.#source.services.flatMap(({ name, clientPrefix }) =>
      clientPrefix === undefined ? [] : [[clientPrefix, name] as const],
    );
    return Object.fromEntries(
      prefixes.flatMap(([prefix, service]) => [
        [`${prefix}_TLS_CA_FILE`, this.#path("ca.pem")],
        [`${prefix}_TLS_CERT_FILE`, this.#path(`${holder}.pem`)],
        [`${prefix}_TLS_KEY_FILE`, this.#path(`${holder}.key`)],
        [`${prefix}_TLS_SERVER_NAME`, `${service}.${this.#source.namespace}`],
      ]),
    );
  }

  /** Removes the files. */
  close(): void {
    rmSync(this.#folder, { recursive: true, force: true });
  }

  async #issue(name: string): Promise<void> {
    const { cloudName, namespace, clock } = this.#source;
    const { certificate, key } = await this.#authority.issue({
      name,
      dnsNames: [`${name}.${namespace}`, namespace],
      uris: [`spiffe://${cloudName}/${name}`],
      validFromMs: clock.wallNow() - 3_600_000,
    });
    this.#write(`${name}.key`, key);
    this.#write(`${name}.pem`, certificate);
  }

  /** By a new file and a rename, so that no task reads half a file. */
  #write(name: string, text: string): void {
    const path = this.#path(name);
    writeFileSync(`${path}.new`, text, { mode: PRIVATE });
    chmodSync(`${path}.new`, PRIVATE);
    renameSync(`${path}.new`, path);
  }

  #path(name: string): string {
    return join(this.#folder, name);
  }
}
