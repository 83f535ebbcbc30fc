/** What came of a probe. Exactly one for each run, and each has its exit code. */
export type Verdict =
  | { readonly kind: "serving" }
  | { readonly kind: "unreachable"; readonly reason: string }
  | { readonly kind: "rpc-failed"; readonly reason: string }
  /** It answers, and wants no new work: `status` is its own word. */
  | { readonly kind: "not-serving"; readonly status: string };

/** The exit codes of the original, which documents them as 0 to 4; 1 is a wrong command line. */
export const EXIT_CODES: Readonly<Record<Verdict["kind"] | "usage", number>> = {
  serving: 0,
  usage: 1,
  unreachable: 2,
  "rpc-failed": 3,
  "not-serving": 4,
};

/** One line for people, whatever a server or OpenSSL says. `status: SERVING` is the original's, since scripts look for it. */
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
