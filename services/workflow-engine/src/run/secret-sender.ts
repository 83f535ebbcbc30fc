import type { HttpRequest, HttpResponse, HttpSender } from "../http-sender.ts";
import { NodeFailure } from "../node-failure.ts";
import type { Secret, Secrets } from "../secrets.ts";
import type { SecretMarks } from "./secret-marks.ts";

export interface SecretSenderOptions {
  readonly http: HttpSender;
  readonly secrets: Secrets;
  readonly marks: SecretMarks;
  /** The owner of the workflow. */
  readonly owner: string;
}

/**
 * Fills secrets into requests, at the last moment: no node and no event has them. A secret goes to its own hosts alone, also by
 * redirects, and where a server repeats one in its response the reference stands in its place.
 */
export class SecretSender implements HttpSender {
  readonly #options: SecretSenderOptions;

  constructor(options: SecretSenderOptions) {
    this.#options = options;
  }

  async send(request: HttpRequest, signal: AbortSignal): Promise<HttpResponse> {
    const { http, marks } = this.#options;
    const texts = [request.url.href, request.body ?? "", ...Object.values(request.ownHeaders)];
    const names = [...new Set(texts.flatMap((text) => marks.namesIn(text)))];
    if (names.length === 0) return http.send(request, signal);
    const secrets = names.map((name) => this.#find(name));
    requireHosts(request.url, secrets);
    const filled = { ...this.#filled(request, secrets), mayFollow: (url: URL) => requireHosts(url, secrets) };
    return masked(await http.send(filled, signal), secrets);
  }

  #find(name: string): Secret {
    const secret = this.#options.secrets.find(name, this.#options.owner);
    if (secret !== undefined) return secret;
    throw new NodeFailure("SECRET_UNKNOWN", `the secret ${name} is not set up for the owner of this workflow`);
  }

  #filled(request: HttpRequest, secrets: readonly Secret[]): HttpRequest {
    const { marks } = this.#options;
    const valueOf = (name: string): string => secrets.find((secret) => secret.name === name)?.value ?? "";
    const isJson = request.headers["content-type"] === "application/json";
    const inBody = (name: string): string => (isJson ? JSON.stringify(valueOf(name)).slice(1, -1) : valueOf(name));
    return {
      ...request,
      url: new URL(marks.fill(request.url.href, (name) => inUrl(valueOf(name)))),
      ownHeaders: Object.fromEntries(
        Object.entries(request.ownHeaders).map(([name, text]) => [name, marks.fill(text, valueOf)]),
      ),
      body: request.body === undefined ? undefined : marks.fill(request.body, inBody),
    };
  }
}

/** A value may be several parts of a path, as that of Slack's webhooks. */
function inUrl(value: string): string {
  return encodeURIComponent(value).replaceAll("%2F", "/");
}

/** @throws NodeFailure SECRET_REFUSED */
function requireHosts(url: URL, secrets: readonly Secret[]): void {
  const refused = secrets.find(({ hosts }) => !hosts.some((host) => admits(host, url)));
  if (refused === undefined) return;
  throw new NodeFailure("SECRET_REFUSED", `the secret ${refused.name} may not be sent to ${url.protocol}//${url.host}`);
}

/** `host` means https at its port. An entry with a port means that port, with http as well: for servers of one's own. */
function admits(host: string, url: URL): boolean {
  if (!host.includes(":")) return url.protocol === "https:" && url.host === host;
  const port = url.port === "" ? (url.protocol === "https:" ? "443" : "80") : url.port;
  return `${url.hostname}:${port}` === host;
}

function masked({ status, headers, body }: HttpResponse, secrets: readonly Secret[]): HttpResponse {
  const mask = (text: string): string => secrets.reduce((masking, secret) => maskedIn(masking, secret), text);
  // latin1 keeps every byte, whatever the encoding of the body is.
  const latin = (text: string): string => Buffer.from(text).toString("latin1");
  const inBytes = secrets.map((secret) => ({ ...secret, value: latin(secret.value) }));
  const maskedBody = inBytes.reduce((masking, secret) => maskedIn(masking, secret), body.toString("latin1"));
  return {
    status,
    headers: Object.fromEntries(Object.entries(headers).map(([name, text]) => [name, mask(text)])),
    body: Buffer.from(maskedBody, "latin1"),
  };
}

/** As it is, as in JSON, and as in a URL. */
function maskedIn(text: string, { name, value }: Pick<Secret, "name" | "value">): string {
  const forms = [value, JSON.stringify(value).slice(1, -1), encodeURIComponent(value), inUrl(value)];
  return forms.reduce((masking, form) => masking.replaceAll(form, `{{secret:${name}}}`), text);
}
