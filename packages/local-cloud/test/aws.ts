// Clients of the cloud's API: raw requests, the AWS SDK, the `aws` command line.

import { execFile } from "node:child_process";
import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";
import type { LocalCloud } from "../src/index.ts";

/** The configuration of an SDK client for a cloud. */
export function sdkConfig(cloud: LocalCloud): {
  readonly endpoint: string;
  readonly region: string;
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
  readonly disableHostPrefix: boolean;
  readonly maxAttempts: number;
} {
  const credentials = { accessKeyId: "local", secretAccessKey: "local" };
  return { endpoint: cloud.apiUrl, region: "local-1", credentials, disableHostPrefix: true, maxAttempts: 1 };
}

export interface Answered {
  readonly status: number;
  readonly type: string | null;
  readonly text: string;
}

/** Sends one JSON 1.1 request. A `body` of text is sent as it is. */
export async function json(cloud: LocalCloud, target: string, body: object | string = {}): Promise<Answered> {
  return post(cloud, typeof body === "string" ? body : JSON.stringify(body), {
    "content-type": "application/x-amz-json-1.1",
    "x-amz-target": target,
  });
}

/** Sends one query request. */
export async function query(cloud: LocalCloud, parameters: Readonly<Record<string, string>>): Promise<Answered> {
  return post(cloud, new URLSearchParams(parameters).toString(), {
    "content-type": "application/x-www-form-urlencoded",
  });
}

export async function post(cloud: LocalCloud, body: string, headers: Record<string, string>): Promise<Answered> {
  const response = await fetch(cloud.apiUrl, { method: "POST", body, headers });
  return { status: response.status, type: response.headers.get("content-type"), text: await response.text() };
}

/** Whether PATH has a program. */
export function hasProgram(name: string): boolean {
  return (process.env["PATH"] ?? "").split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, name), constants.X_OK);
      return true;
    } catch {
      return false; // the folder does not have it
    }
  });
}

export interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** Runs `aws` with the arguments of `line`, split at spaces. */
export function aws(cloud: LocalCloud, line: string): Promise<Ran> {
  const env = {
    PATH: process.env["PATH"],
    HOME: process.env["HOME"],
    AWS_ENDPOINT_URL: cloud.apiUrl,
    AWS_DISABLE_HOST_PREFIX_INJECTION: "true",
    AWS_ACCESS_KEY_ID: "local",
    AWS_SECRET_ACCESS_KEY: "local",
    AWS_DEFAULT_REGION: "local-1",
    AWS_CONFIG_FILE: "/dev/null",
    AWS_SHARED_CREDENTIALS_FILE: "/dev/null",
    AWS_PAGER: "",
  };
  return new Promise((resolve) => {
    const child = execFile("aws", line.split(" "), { env, timeout: 30_000 }, (_error, out, err) =>
      resolve({ code: child.exitCode ?? -1, out, err }),
    );
  });
}
