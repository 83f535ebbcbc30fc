import { CertificateAuthority } from "@agent-team/certificate-authority";
import { FakeClock } from "@agent-team/foundation/fake-clock";
import { expect, test } from "vitest";
import { tlsFromEnvironment } from "./tls-environment.ts";

const clock = new FakeClock();
const authority = await CertificateAuthority.create("CA", clock.wallNow());
const { certificate, key } = await authority.issue({ name: "api-gateway" });
const read = (env: Readonly<Record<string, string>>) => tlsFromEnvironment("P", env, clock);

test("without a variable, and with false, the channel is plaintext", () => {
  expect(read({})).toBeUndefined();
  expect(read({ P_TLS_CA_FILE: " " })).toBeUndefined();
  expect(read({ P_TLS: "false", P_TLS_CA: authority.certificate })).toBeUndefined();
});

test("true is TLS with the system's CAs", () => {
  expect(read({ P_TLS: "true" })).toEqual({ serverName: undefined });
});

test("texts and a name become options", () => {
  const env = { P_TLS_CA: authority.certificate, P_TLS_CERT: certificate, P_TLS_KEY: key, P_TLS_SERVER_NAME: "agent" };
  expect(read(env)).toEqual({
    ca: authority.certificate.trim(),
    cert: certificate.trim(),
    key: key.trim(),
    serverName: "agent",
  });
});

test.each([
  [{ P_TLS: "maybe" }, "P_TLS=maybe: expected true or false (1 or 0)"],
  [{ P_TLS_CA_FILE: "/nowhere" }, "P_TLS_CA_FILE=/nowhere: expected a PEM file, but there is no such file"],
  [{ P_TLS_CA: "x" }, "P_TLS_CA: expected the certificates of one or more CAs as PEM, but it contains none"],
  [{ P_TLS_CERT: certificate }, "P_TLS_KEY_FILE is not set: expected the private key of the certificate"],
  [{ P_TLS_CA: "x", P_TLS_CA_FILE: "/x" }, "P_TLS_CA_FILE and P_TLS_CA are set: expected one of them"],
])("a wrong variable is one line that names it: %#", (env, line) => {
  expect(() => read(env as Record<string, string>)).toThrow(`[invalid_argument] ${line}`);
});
