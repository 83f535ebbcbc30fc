/**
 * The page of an approval, for a person with its link. The token in the path authorises, so these routes stand before authentication.
 * GET and HEAD decide nothing: programs that check the links of messages open every one. Only the form's POST decides.
 */

import { type Approval, ErrorInfoSchema } from "@agent-team/contracts";
import { Code, ConnectError } from "@connectrpc/connect";
import { type Context, Hono } from "hono";
import { HOOK_CALLER } from "../caller.ts";
import type { EngineClient } from "../clients/engine-client.ts";
import type { GatewayEnv } from "../gateway-env.ts";
import { readBytes } from "../request/body.ts";
import { approvalPage, messagePage, PAGE_HEADERS } from "../response/approval-page.ts";
import { required } from "../response/required.ts";
import { callOptions } from "./call-options.ts";

const PATH = "/approvals/:run/:node/:token";

export function approvalRoutes({ engine }: { readonly engine: EngineClient }): Hono<GatewayEnv> {
  const routes = new Hono<GatewayEnv>();
  routes.get(PATH, (context) => answer(context, () => read(context, engine)));
  routes.post(PATH, (context) => answer(context, () => decide(context, engine)));
  return routes;
}

/** UNIMPLEMENTED: an engine that is being replaced by a newer one. */
const AWAY: ReadonlySet<Code> = new Set([Code.Unavailable, Code.DeadlineExceeded, Code.Unimplemented]);

type Link = Readonly<Record<"runId" | "nodeId" | "token", string>>;

function linkOf(context: Context<GatewayEnv>): Link {
  context.set("caller", HOOK_CALLER);
  const { run: runId = "", node: nodeId = "", token = "" } = context.req.param() as Readonly<Record<string, string>>;
  return { runId, nodeId, token };
}

async function read(context: Context<GatewayEnv>, engine: EngineClient): Promise<Response> {
  const { approval } = await engine.getApproval(linkOf(context), callOptions(context));
  return shown(context, required(approval, "approval"), 200);
}

async function decide(context: Context<GatewayEnv>, engine: EngineClient): Promise<Response> {
  const link = linkOf(context);
  const form = new URLSearchParams(new TextDecoder().decode(await readBytes(context.req.raw)));
  const field = (name: string): string => form.get(name)?.trim() ?? "";
  const decision = field("decision");
  if (decision !== "approve" && decision !== "reject") {
    return page(
      context,
      messagePage("Nothing was decided", "Open the link again and press one of its two buttons."),
      400,
    );
  }
  const request = { ...link, approved: decision === "approve", comment: field("comment"), name: field("name") };
  try {
    await engine.decideApproval(request, callOptions(context));
    return context.redirect(new URL(context.req.url).pathname, 303);
  } catch (error) {
    // The first decision is shown, with who made it and when.
    if (reasonOf(error) !== "ALREADY_DECIDED" && reasonOf(error) !== "NODE_NOT_WAITING") throw error;
    const { approval } = await engine.getApproval(link, callOptions(context));
    return shown(context, required(approval, "approval"), 409);
  }
}

function shown(context: Context<GatewayEnv>, approval: Approval, status: 200 | 409): Response {
  const isOver = !approval.waiting && approval.decision === undefined;
  return page(context, approvalPage(approval), isOver ? 410 : status);
}

/** People read the answer, so a failure is a page, too. */
async function answer(context: Context<GatewayEnv>, respond: () => Promise<Response>): Promise<Response> {
  try {
    return await respond();
  } catch (error) {
    const { code, rawMessage } = ConnectError.from(error);
    if (code === Code.NotFound) {
      return page(context, messagePage("No such approval", "This link is not complete, or its run was deleted."), 404);
    }
    if (reasonOf(error) === "LINK_EXPIRED") {
      return page(
        context,
        messagePage("This link has ended", "Its time has passed. Nothing can be decided by it any more."),
        410,
      );
    }
    if (code === Code.InvalidArgument) return page(context, messagePage("Nothing was decided", `${rawMessage}.`), 400);
    if (!AWAY.has(code)) throw error;
    const text = "The system does not answer just now. Open the link again in a moment.";
    return page(context, messagePage("Not now", text), 503);
  }
}

function reasonOf(error: unknown): string | undefined {
  return ConnectError.from(error).findDetails(ErrorInfoSchema)[0]?.reason;
}

function page(context: Context<GatewayEnv>, html: string, status: 200 | 400 | 404 | 409 | 410 | 503): Response {
  return context.body(html, status, PAGE_HEADERS);
}
