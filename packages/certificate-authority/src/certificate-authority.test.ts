import { createPrivateKey, X509Certificate } from "node:crypto";
import { expect, test } from "vitest";
import { CertificateAuthority } from "./index.ts";

/** 2030-03-17T17:46:40Z. */
const NOW_MS = 1_900_000_000_000;

const authority = await CertificateAuthority.create("test CA", NOW_MS);

test("the CA's certificate is a CA and signs itself", () => {
  const ca = new X509Certificate(authority.certificate);
  expect(ca.ca).toBe(true);
  expect(ca.subject).toBe("CN=test CA");
  expect(ca.verify(ca.publicKey)).toBe(true);
});

test("an issued certificate is signed by the CA, has its key and its names, and is no CA", async () => {
  const { certificate, key } = await authority.issue({
    name: "workflow-agent",
    dnsNames: ["workflow-agent.local"],
    ipAddresses: ["127.10.0.3"],
    uris: ["spiffe://test/workflow-agent"],
  });
  const issued = new X509Certificate(certificate);
  const ca = new X509Certificate(authority.certificate);
  expect(issued.verify(ca.publicKey)).toBe(true);
  expect(issued.checkIssued(ca)).toBe(true);
  expect(issued.checkPrivateKey(createPrivateKey(key))).toBe(true);
  expect(issued.ca).toBe(false);
  expect(issued.checkHost("workflow-agent.local")).toBe("workflow-agent.local");
  expect(issued.checkIP("127.10.0.3")).toBe("127.10.0.3");
  expect(issued.subjectAltName).toContain("URI:spiffe://test/workflow-agent");
});

test("a certificate is valid from an hour ago to a year from now, unless it states its time", async () => {
  const { certificate } = await authority.issue({ name: "x" });
  expect(new X509Certificate(certificate).validFromDate.toISOString()).toBe("2030-03-17T16:46:40.000Z");
  expect(new X509Certificate(certificate).validToDate.toISOString()).toBe("2031-03-17T17:46:40.000Z");
  const short = await authority.issue({ name: "x", validFromMs: NOW_MS, validUntilMs: NOW_MS + 60_000 });
  expect(new X509Certificate(short.certificate).validToDate.toISOString()).toBe("2030-03-17T17:47:40.000Z");
});
