/** The methods of services by their paths: what a connection looks a call up in. */

import type { MethodImplSpec } from "@connectrpc/connect";
import type { ServedService } from "../service.ts";
import type { Route, WireCall } from "../wire.ts";
import { type CallEnvironment, ServedCall } from "./served-call.ts";

/** By `/package.Service/Method`. */
export function routesOf(services: readonly ServedService[], environment: CallEnvironment): ReadonlyMap<string, Route> {
  const routes = new Map<string, Route>();
  for (const served of services)
    for (const spec of served.methods) routes.set(pathOf(spec), routeOf(spec, served, environment));
  return routes;
}

function pathOf({ method }: MethodImplSpec): string {
  return `/${method.parent.typeName}/${method.name}`;
}

function routeOf(spec: MethodImplSpec, { holdsDrain, isOpen }: ServedService, environment: CallEnvironment): Route {
  const admit = isOpen ? undefined : environment.admit;
  const streamsRequests = spec.kind === "client_streaming" || spec.kind === "bidi_streaming";
  return {
    streamsRequests,
    start(wire: WireCall): ServedCall {
      const call = new ServedCall({ spec, wire, holdsDrain, admit, environment });
      const refusal = environment.gate.refusalOf(call);
      if (refusal !== undefined) call.refuse(refusal);
      else if (streamsRequests) call.run();
      return call;
    },
  };
}
