/** The dashboard shows each figure that the programs write of their channels, under the name that they write. */

import { CLIENT_FIGURES } from "@agent-team/grpc-server";
import type { Region } from "../state/region.ts";
import { figuresOfDashboard } from "../watching/figures.ts";

export function checkFigures(region: Region): readonly string[] {
  const shown = new Set(figuresShown(region));
  const written: readonly string[] = CLIENT_FIGURES;
  return [
    ...[...shown]
      .filter((name) => !written.includes(name))
      .map((name) => `the dashboard shows ${name}, which no program writes`),
    ...written
      .filter((name) => !shown.has(name))
      .map((name) => `${name} is written and paid for, and no graph shows it`),
  ];
}

/** Metrics with a `target` are those of channels. */
function figuresShown(region: Region): readonly string[] {
  const boards = region.resources("aws_cloudwatch_dashboard");
  return boards
    .flatMap(figuresOfDashboard)
    .filter(({ dimensions }) => "target" in dimensions)
    .map(({ metric }) => metric);
}
