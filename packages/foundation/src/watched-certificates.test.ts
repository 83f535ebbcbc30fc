import { mkdtempSync, rmSync, symlinkSync, unlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  CertificateAuthority,
  type CertificateRequest,
  type IssuedCertificate,
} from "@agent-team/certificate-authority";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type CertificateFault, type CertificateTexts, leafOf } from "./certificates.ts";
import { FakeClock } from "./fake-clock.ts";
import {
  type CertificateSource,
  type CertificateSources,
  describeFault,
  WatchedCertificates,
} from "./watched-certificates.ts";

const START_MS = new FakeClock().wallNow();
const DAY_MS = 86_400_000;
const authority = await CertificateAuthority.create("the CA", START_MS);
const first = await issue({});
const second = await issue({});

/** Valid from 2020 to 2120. Its key has 192 bits (P-192), too few for OpenSSL. For tests only: no trust store contains it. */
const WEAK: IssuedCertificate = {
  certificate: `-----BEGIN CERTIFICATE-----
MIHnMIGeAgEBMAoGCCqGSM49BAMCMA8xDTALBgNVBAMMBHdlYWswIBcNMjAwMTAx
MDAwMDAwWhgPMjEyMDAxMDEwMDAwMDBaMA8xDTALBgNVBAMMBHdlYWswSTATBgcq
hkjOPQIBBggqhkjOPQMBAQMyAATBvU+BzDhWUSb3jdseQ64z8Ia1NJT8EpZ8lcq/
LLwel0ApXjkVZ2a29rBjFQ2vBQMwCgYIKoZIzj0EAwIDOAAwNQIYTFF/b2nUJCHe
gqjmtvEdFgwbjIjlPLeLAhkAsHIpdcD0TB3/pHW7KsNevBgff86mvtBf
-----END CERTIFICATE-----
`,
  key: `-----BEGIN PRIVATE KEY-----
MG8CAQAwEwYHKoZIzj0CAQYIKoZIzj0DAQEEVTBTAgEBBBiDlzcdQD0xkwUCfzmZ
5v0wFfiLPyJ6+s+hNAMyAATBvU+BzDhWUSb3jdseQ64z8Ia1NJT8EpZ8lcq/LLwe
l0ApXjkVZ2a29rBjFQ2vBQM=
-----END PRIVATE KEY-----
`,
};

let folder = "";
let clock = new FakeClock();
const changes: CertificateTexts[] = [];
const faults: CertificateFault[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "certificates-"));
  clock = new FakeClock();
  changes.length = 0;
  faults.length = 0;
});

afterEach(() => rmSync(folder, { recursive: true }));

function issue(request: Partial<CertificateRequest>): Promise<IssuedCertificate> {
  return authority.issue({ name: "workflow-agent", ...request });
}

function write(name: string, text: string): CertificateSource {
  const file = join(folder, name);
  writeFileSync(file, text);
  return { file };
}

function writePair({ certificate, key }: IssuedCertificate): CertificateSources {
  return { cert: write("cert.pem", certificate), key: write("key.pem", key) };
}

function open(sources: CertificateSources): WatchedCertificates | CertificateFault {
  return WatchedCertificates.open(sources, clock, {
    onChange: (texts) => changes.push(texts),
    onFault: (fault) => faults.push(fault),
  });
}

function opened(sources: CertificateSources): WatchedCertificates {
  const files = open(sources);
  if (!(files instanceof WatchedCertificates)) throw new Error(`${files.part}: ${files.message}`);
  return files;
}

describe("at the start", () => {
  test("good files are read", () => {
    const files = opened({ ...writePair(first), ca: write("ca.pem", authority.certificate) });
    expect(files.texts).toEqual({ cert: first.certificate, key: first.key, ca: authority.certificate });
    files.close();
    expect(clock.pendingTimers).toBe(0);
  });

  test.each<[string, () => CertificateSources | Promise<CertificateSources>, CertificateFault]>([
    [
      "a missing certificate",
      () => ({ ...writePair(first), cert: { file: join(folder, "other.pem") } }),
      { part: "cert", message: "expected a PEM file, but there is no such file" },
    ],
    [
      "a folder",
      () => ({ ...writePair(first), key: { file: folder } }),
      { part: "key", message: "expected a PEM file, but it is not a regular file" },
    ],
    [
      "a file that is too large",
      () => ({ ca: write("ca.pem", "x".repeat(2_000_000)) }),
      { part: "ca", message: "expected a PEM file, but it has 2000000 bytes, more than 1048576" },
    ],
    [
      "a certificate that is no PEM",
      () => ({ ...writePair(first), cert: write("cert.pem", "hello") }),
      { part: "cert", message: "expected a certificate as PEM, but it contains none" },
    ],
    [
      "an expired certificate",
      async () => writePair(await issue({ validFromMs: START_MS - 2 * DAY_MS, validUntilMs: START_MS - DAY_MS })),
      {
        part: "cert",
        message:
          "expected a certificate that is valid now, but the certificate of CN=workflow-agent expired at Dec 31 00:00:00 2025 GMT",
      },
    ],
    [
      "a certificate of tomorrow",
      async () => writePair(await issue({ validFromMs: START_MS + DAY_MS })),
      {
        part: "cert",
        message:
          "expected a certificate that is valid now, but the certificate of CN=workflow-agent is not valid before Jan  2 00:00:00 2026 GMT",
      },
    ],
    [
      "the key of another certificate",
      () => writePair({ certificate: first.certificate, key: second.key }),
      {
        part: "key",
        message:
          "expected the private key of the certificate, as PEM without a passphrase, but it is not the key of the certificate of CN=workflow-agent",
      },
    ],
    [
      "a certificate without a key",
      () => ({ cert: write("cert.pem", first.certificate) }),
      {
        part: "key",
        message: "expected the private key of the certificate, as PEM without a passphrase, but there is none",
      },
    ],
    [
      "a key without a certificate",
      () => ({ key: write("key.pem", first.key) }),
      { part: "cert", message: "expected the certificate of the key, but there is none" },
    ],
    [
      "a bundle without a valid CA",
      async () => {
        const { certificate } = await CertificateAuthority.create("an old CA", START_MS - 2 * 365 * DAY_MS);
        return { ca: write("ca.pem", certificate) };
      },
      {
        part: "ca",
        message:
          "expected a CA that is valid now, but the certificate of CN=an old CA expired at Jan  1 00:00:00 2025 GMT",
      },
    ],
  ])("%s is a fault that names it, and nothing is polled", async (_, sources, fault) => {
    expect(open(await sources())).toEqual(fault);
    expect(clock.pendingTimers).toBe(0);
  });

  test("a key that cannot be read is a fault without the text of the key", () => {
    const sources = writePair({ certificate: first.certificate, key: "SECRET" });
    expect(open(sources)).toMatchObject({ part: "key", message: expect.not.stringContaining("SECRET") as string });
  });

  test("a key that is too small for OpenSSL is a fault", () => {
    expect(open(writePair(WEAK))).toMatchObject({
      part: "cert",
      message: expect.stringMatching(/key too small/) as string,
    });
    expect(clock.pendingTimers).toBe(0);
  });

  test("in a bundle, an old CA beside a valid one is no fault", async () => {
    const old = await CertificateAuthority.create("an old CA", START_MS - 2 * 365 * DAY_MS);
    opened({ ca: write("ca.pem", old.certificate + authority.certificate) }).close();
  });
});

describe("after the start", () => {
  test("a replaced pair is in use within 4 s", () => {
    const files = opened(writePair(first));
    writePair(second);
    clock.advance(4_000);
    expect(changes).toEqual([{ cert: second.certificate, key: second.key, ca: undefined }]);
    expect(leafOf(files.texts.cert ?? "").fingerprint).toBe(leafOf(second.certificate).fingerprint);
    clock.advance(60_000);
    expect(changes).toHaveLength(1);
    files.close();
  });

  test("a pair that is half written when a poll comes is no fault", () => {
    const files = opened(writePair(first));
    write("cert.pem", second.certificate);
    clock.advance(2_000);
    write("key.pem", second.key);
    clock.advance(4_000);
    expect([changes.length, faults]).toEqual([1, []]);
    files.close();
  });

  test("files that cannot be used are one fault, the old texts stay, and the next good files are used", () => {
    const files = opened(writePair(first));
    write("key.pem", second.key);
    clock.advance(60_000);
    expect(faults).toMatchObject([{ part: "key" }]);
    expect(files.texts.key).toBe(first.key);
    unlinkSync(join(folder, "key.pem"));
    clock.advance(60_000);
    expect(faults).toMatchObject([
      { part: "key" },
      { part: "key", message: "expected a PEM file, but there is no such file" },
    ]);
    writePair(second);
    clock.advance(4_000);
    expect(files.texts.key).toBe(second.key);
    files.close();
  });

  test("a new pair that OpenSSL does not take is a fault, and the old texts stay", () => {
    const files = opened(writePair(first));
    writePair(WEAK);
    clock.advance(60_000);
    expect(faults).toMatchObject([{ part: "cert", message: expect.stringMatching(/key too small/) as string }]);
    expect([files.texts.key, changes]).toEqual([first.key, []]);
    files.close();
  });

  test("files that become what they were are no change", () => {
    const files = opened(writePair(first));
    write("key.pem", second.key);
    clock.advance(60_000);
    write("key.pem", first.key);
    clock.advance(60_000);
    expect([changes.length, faults.length]).toEqual([0, 1]);
    files.close();
  });

  test("a symbolic link that points elsewhere is a change", () => {
    write("1.pem", authority.certificate);
    write("2.pem", authority.certificate + first.certificate);
    symlinkSync("1.pem", join(folder, "ca.pem"));
    const files = opened({ ca: { file: join(folder, "ca.pem") } });
    unlinkSync(join(folder, "ca.pem"));
    symlinkSync("2.pem", join(folder, "ca.pem"));
    clock.advance(4_000);
    expect(changes).toHaveLength(1);
    files.close();
  });

  test("after close nothing is read", () => {
    opened(writePair(first)).close();
    writePair(second);
    clock.advance(60_000);
    expect(changes).toEqual([]);
  });
});

test("texts are checked as files are, and nothing is polled", () => {
  const files = opened({ cert: { text: first.certificate }, key: { text: first.key } });
  expect(files.texts.key).toBe(first.key);
  expect(clock.pendingTimers).toBe(0);
  expect(open({ cert: { text: first.certificate }, key: { text: second.key } })).toMatchObject({ part: "key" });
});

test("a fault is described with the name of its setting, and with the path but not the text", () => {
  const fault = { part: "key", message: "expected a key" } as const;
  const nameOf = (part: string, kind: string): string => `${part}-${kind}`;
  expect(describeFault(fault, { key: { file: "/k.pem" } }, nameOf)).toBe("key-file=/k.pem: expected a key");
  expect(describeFault(fault, { key: { text: "SECRET" } }, nameOf)).toBe("key-text: expected a key");
  expect(describeFault(fault, {}, nameOf)).toBe("key-file is not set: expected a key");
});
