const WITH_TOKEN = /^(\/v1\/(?:hooks\/[^/]*|approvals\/[^/]*\/[^/]*))\/.*$/;

/** The path of a request as logs have it: without the token of a webhook or of a link to an approval, which is a credential. */
export function loggedPath(path: string): string {
  return path.replace(WITH_TOKEN, "$1/…");
}
