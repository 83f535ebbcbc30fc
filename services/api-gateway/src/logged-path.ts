const HOOK = /^(\/v1\/hooks\/[^/]*)\/.*$/;

/** The path of a request as logs have it: without the token of a webhook, which is a credential. */
export function loggedPath(path: string): string {
  return path.replace(HOOK, "$1/…");
}
