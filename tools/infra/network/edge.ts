/** One way through the security groups: source, target and port. */
export interface Edge {
  /** A security group's address, `internet`, or a CIDR block. */
  readonly from: string;
  readonly to: string;
  readonly port: number;
}

export const INTERNET = "internet";

/** For people: `api-gateway → cache 6379`. */
export function describe({ from, to, port }: Edge): string {
  const short = (end: string): string => /\["?([^"\]]+)"?\]$/.exec(end)?.[1] ?? end.replace(/^aws_\w+\./, "");
  return `${short(from)} → ${short(to)} ${port}`;
}
