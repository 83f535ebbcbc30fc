import { type ContextKey, createContextKey, type HandlerContext } from "@connectrpc/connect";

/** Who a call is made for, once that has been checked. Handlers get it by `identityOf`. */
export interface Identity {
  /** Whose the call is: what it creates belongs to this subject, and it reaches nothing that belongs to another. */
  readonly subject: string;
  /** What else the subject may do, such as `admin`. */
  readonly scopes: readonly string[];
}

/** The metadata key under which identities travel. */
export const identityHeader = "x-at-identity";

/** The subject of all calls where identities are not checked. */
export const localSubject = "local";

/** Without a default on purpose: a handler that nobody checked callers for must fail, not serve everybody as one. */
export const identityKey: ContextKey<Identity | undefined> = createContextKey<Identity | undefined>(undefined, {
  description: "who the call is made for",
});

/** Who the call is made for. Fails where nobody has checked it: that is a defect of the server, not of the call. */
export function identityOf({ values }: Pick<HandlerContext, "values">): Identity {
  const identity = values.get(identityKey);
  if (identity === undefined) throw new Error("nobody has checked who this call is made for");
  return identity;
}
