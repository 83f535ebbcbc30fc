/**
 * Who calls. This version knows no identity (AUTH_MODE=none), so everything belongs to one subject; when the gateway's
 * signed identity comes, it is read here and nowhere else.
 */
export function callerOf(): string {
  return "local";
}
