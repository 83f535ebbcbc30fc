/** The dashboard shows each figure that the programs write of their channels, under the name that they write. */

import { clientFigures } from "@agent-team/grpc-server";
import { figuresOfDashboard } from "../watching/figures.ts";
import { regionOf, type Subject } from "./subject.ts";

export function checkFigures(subject: Subject): readonly string[] {
  const shown = new Set(figuresShown(subject));
  const written: readonly string[] = clientFigures;
  return [
    ...[...shown]
      .filter((name) => !written.includes(name))
      .map((name) => `the dashboard shows ${name}, which no program writes`),
    ...written.filter((name) => !shown.has(name)).map((name) => `${name} is written and paid for, and nobody sees it`),
  ];
}

/** Metrics with a `target` are those of channels. */
function figuresShown(subject: Subject): readonly string[] {
  const boards = regionOf(subject.plan()).resources("aws_cloudwatch_dashboard");
  return boards
    .flatMap(figuresOfDashboard)
    .filter(({ dimensions }) => "target" in dimensions)
    .map(({ metric }) => metric);
}
