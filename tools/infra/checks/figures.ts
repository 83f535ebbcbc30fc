/** The dashboard shows each figure that the programs write of their channels, under the name that they write. */

import { clientFigures } from "@agent-team/grpc-server";
import { isObject, JsonText, toText, type Value } from "../hcl/value.ts";
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
  const metrics = boards.flatMap(({ values }) => metricsIn(values["dashboard_body"] ?? null));
  return metrics.filter((metric) => metric.includes("target")).map((metric) => toText(metric[1] ?? null));
}

function metricsIn(body: Value): readonly (readonly Value[])[] {
  if (!(body instanceof JsonText) || !isObject(body.value)) throw new Error("dashboard_body is no jsonencode({…})");
  const { widgets } = body.value;
  return listOf(widgets)
    .map((widget) => (isObject(widget) ? widget["properties"] : undefined))
    .flatMap((properties) => (isObject(properties) ? listOf(properties["metrics"]) : []))
    .map(listOf);
}

function listOf(value: Value | undefined): readonly Value[] {
  return Array.isArray(value) ? value : [];
}
