import { ACCOUNT_ID } from "../aws-names.ts";
import type { QueryService } from "./wire/query.ts";

/** STS: every caller has the same identity, since the local cloud does not check credentials. */
export const sts: QueryService = {
  version: "2011-06-15",
  xmlNamespace: "https://sts.amazonaws.com/doc/2011-06-15/",
  dialect: "query",
  actions: {
    GetCallerIdentity: () => ({
      Arn: `arn:aws:iam::${ACCOUNT_ID}:user/local-cloud`,
      UserId: "AIDALOCALCLOUD",
      Account: ACCOUNT_ID,
    }),
  },
};
