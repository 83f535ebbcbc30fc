import { NodeType } from "@agent-team/contracts";
import { UNSUPPORTED } from "../lexicon.ts";
import type { Step } from "../program.ts";
import type { Reading } from "../reading.ts";
import { schedule } from "./schedule.ts";
import { describeSignature, missingSecretOf, type Signature, signatureFields, takeSigned } from "./signature.ts";
import { takeWhen } from "./when.ts";

/** One noun, or a known compound: "order", "contact form". Any other word before the noun may be a condition. */
const THING =
  "(?:(?:(?:contact|order|sign-?up|feedback|web|registration|application|support|pull|purchase|sales) (?=form|ticket|request|order|submission|lead))?(?!(?:it|that|this|they|nobody|nothing|something|everything|someone|anyone)\\b)[\\p{L}-]{2,40})";
const ARTICLE = "(?:(?:an?|the|my|our|there is an?|each|every|any) )?(?:(?:new|incoming) )?";
const BY = "(?: (?:to|at|on|via|by|over|through) (?:the |a |my )?(?:webhook|hook))?";
const EVENTS =
  "posted|received|sent|submitted|created|called|triggered|placed|booked|made|filled (?:in|out)|uploaded|registered|added";
/** "someone submits the sign-up form". What a person does to an account or an app is not posted by itself, so few verbs count. */
const DONE = new RegExp(
  `^(?:someone|somebody|anyone|people|an? (?:customer|user|client|visitor|person|patient|parent|student|guest|member)) (?:submits?|sends?|fills? (?:in|out)|places?|makes?|books?|uploads?|posts?) ${ARTICLE}(${THING})${BY}$`,
  "iu",
);
const ARRIVES = new RegExp(
  `^${ARTICLE}(${THING}) (?:arrives?|comes? in|fires?|gets? (?:${EVENTS})|(?:is|are|was|has been) (?:${EVENTS}))${BY}$`,
  "iu",
);
const NAMED =
  /^(?:(?:an?|the|my|every|each|any|new|incoming) )*(webhooks?(?: (?:call|request|event))?)(?: (?:arrives?|comes in|fires|trigger|is (?:called|received|triggered)))?$/i;
const RECEIVED = new RegExp(`^(?:i|we) (?:get|receive) ${ARTICLE}(${THING})${BY}$`, "iu");

/**
 * "a webhook arrives", "an order is posted". A pattern must match the whole text. Events of products that this version
 * cannot receive (a mailbox, a calendar) are not taken.
 */
export function webhook(reading: Reading): Step | undefined {
  const signature = takeSigned(reading);
  if (signature !== undefined) return signedWebhook(signature);
  const match = reading.take(NAMED) ?? reading.take(ARRIVES) ?? reading.take(RECEIVED) ?? reading.take(DONE);
  const what = match?.[1];
  if (what === undefined || UNSUPPORTED.test(what)) return undefined;
  const isPlain = /^webhook/i.test(what);
  return webhookFor(isPlain ? undefined : what);
}

function webhookFor(what: string | undefined): Step {
  return {
    type: NodeType.TRIGGER,
    subtype: "WEBHOOK",
    name: what === undefined ? "Webhook" : `Webhook for ${what}`,
    sentence: () => `Start when its webhook is called${what === undefined ? "" : `, once for each ${what}`}`,
    // The edit is refused with a reason: a schedule has no data.
    retime: (said) => {
      const when = takeWhen(said);
      return when === undefined ? undefined : schedule(when);
    },
    yields: "output",
    reads: false,
    nouns: what?.match(/[\p{L}-]+/gu) ?? [],
    configuration: () => ({ configuration: {} }),
  };
}

/** A webhook that starts nothing without a right signature. */
function signedWebhook(signature: Signature): Step {
  return {
    ...webhookFor(undefined),
    sentence: () => `Start when its webhook is called with ${describeSignature(signature)}`,
    hole: missingSecretOf(signature, signedWebhook),
    configuration: () => ({ configuration: signatureFields(signature) }),
  };
}
