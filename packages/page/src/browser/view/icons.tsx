import type { JSX } from "preact";
import type { NodeIcon } from "../graph/describe-node.ts";

const PATHS = {
  play: "M7 4.500v11l9-5.500z",
  clock: "M10 3a7 7 0 1 0 0 14 7 7 0 0 0 0-14M10 6v4l2.7 1.8",
  hook: "M10 3v5.500M7 6l3 3 3-3M4 11v4a1.5 1.5 0 0 0 1.5 1.500h9A1.5 1.5 0 0 0 16 15v-4",
  globe: "M10 3a7 7 0 1 0 0 14 7 7 0 0 0 0-14M3.3 10h13.400M10 3c-4.2 4.2-4.2 9.8 0 14M10 3c4.2 4.2 4.2 9.8 0 14",
  transform: "M7.5 4.500C5.5 4.5 6.5 9 4.5 10c2 1 1 5.5 3 5.500M12.5 4.500c2 0 1 4.5 3 5.5-2 1-1 5.5-3 5.5",
  branch: "M10 3v4M10 7c0 4-5 3-5 8M10 7c0 4 5 3 5 8M3.2 13.4 5 15.500l1.8-2.100M13.2 13.400l1.8 2.1 1.8-2.1",
  merge: "M5 4c0 5 5 4 5 8M15 4c0 5-5 4-5 8v4M8.2 14.2 10 16.300l1.8-2.1",
  loop: "M15.5 8.500A6 6 0 0 0 4.6 7.300M4.5 11.500a6 6 0 0 0 10.9 1.200M4.3 3.800v3.700H8M15.7 16.200v-3.700H12",
  wait: "M6 3.500h8M6 16.500h8M7 3.500c0 4 3 4 3 6.500s-3 2.5-3 6.500M13 3.500c0 4-3 4-3 6.500s3 2.5 3 6.5",
  person: "M10 3.500a3 3 0 1 0 0 6 3 3 0 0 0 0-6M4 16.500c.5-3.2 2.8-5 6-5s5.5 1.8 6 5",
  spark: "M10 3c.6 4.2 2.6 6.3 7 7-4.4.7-6.4 2.8-7 7-.6-4.2-2.6-6.3-7-7 4.4-.7 6.4-2.8 7-7z",
  message: "M4 4.500h12v8.500H9l-3.5 3v-3H4z",
  list: "M4 5.5h.01M4 10h.01M4 14.5h.01M7.5 5.5h9M7.5 10h9M7.5 14.5h9",
  check: "M4.5 10.500l3.7 3.7 7.3-8",
  cross: "M5.5 5.500l9 9M14.5 5.500l-9 9",
  minus: "M5 10h10",
  plus: "M10 4.500v11M4.5 10h11",
  send: "M10 16V4.500M5 9.300l5-5 5 5",
  stop: "M6 6h8v8H6z",
  back: "M12.5 4.500L7 10l5.5 5.5",
  alert: "M10 6v5M10 13.700v.3M10 2.8 18 16.700H2z",
} as const satisfies Readonly<Record<NodeIcon, string>> & Readonly<Record<string, string>>;

export type IconName = keyof typeof PATHS;

/** Decoration: what it means stands beside it as text. */
export function Icon({ name, size = 18 }: { readonly name: IconName; readonly size?: number }): JSX.Element {
  return (
    <svg class="icon" width={size} height={size} viewBox="0 0 20 20" aria-hidden="true" focusable="false">
      <path d={PATHS[name]} />
    </svg>
  );
}
