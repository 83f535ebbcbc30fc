import { ACCOUNT_ID } from "../aws-names.ts";
import type { QueryService } from "./wire/query.ts";

/** STS: whoever asks is the same user, since there are no credentials to tell people apart. */
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
