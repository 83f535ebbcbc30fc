/** The result of a probe. Each kind has an exit code. */
export type Verdict =
  | { readonly kind: "serving" }
  | { readonly kind: "unreachable"; readonly reason: string }
  | { readonly kind: "rpc-failed"; readonly reason: string }
  /** The server responds with another status than SERVING or 200. */
  | { readonly kind: "not-serving"; readonly status: string };

/** The exit codes of the original probe, documented as 0 to 4. */
export const EXIT_CODES: Readonly<Record<Verdict["kind"] | "usage", number>> = {
  serving: 0,
  usage: 1,
  unreachable: 2,
  "rpc-failed": 3,
  "not-serving": 4,
};

/** One line, also when the text of a server or of OpenSSL has several. `status: SERVING` is that of the original probe: scripts parse it. */
export function describeVerdict(verdict: Verdict, address: string): string {
  return lineOf(verdict, address)
    .replace(/[\s\p{Cc}]+/gu, " ")
    .trim();
}

function lineOf(verdict: Verdict, address: string): string {
  switch (verdict.kind) {
    case "serving":
      return "status: SERVING";
    case "unreachable":
      return `error: no connection to ${address}: ${verdict.reason}`;
    case "rpc-failed":
      return `error: ${address} gave no health status: ${verdict.reason}`;
    case "not-serving":
      return `unhealthy: ${address} answered ${verdict.status}`;
    default:
      return verdict satisfies never;
  }
}
