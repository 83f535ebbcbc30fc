import { Code } from "@connectrpc/connect";
import {
  type ActiveTurn,
  beginTurn,
  type Conversation,
  repetitionOf,
  resumeTurn,
} from "../conversation/conversation.ts";
import { invalid, toError } from "../errors.ts";

/**
 * The conversation with the turn. A repeated `request_id` never stores its message again: a broken turn runs again, and an
 * ended one is refused.
 *
 * @throws ALREADY_EXISTS `TURN_ENDED`, ABORTED `TURN_PASSED`, INVALID_ARGUMENT for other content under the same id
 */
export function beginOrResume(
  conversation: Conversation,
  turn: ActiveTurn,
  message: string,
  atMs: number,
): Conversation {
  const repetition = repetitionOf(conversation, turn.id, message);
  switch (repetition) {
    case "new":
      return beginTurn(conversation, turn, message, atMs);
    case "broken":
      return resumeTurn(conversation, turn);
    case "ended":
      throw refused(Code.AlreadyExists, "TURN_ENDED", "has ended: the conversation holds its answer", turn);
    case "passed":
      throw refused(
        Code.Aborted,
        "TURN_PASSED",
        "broke, and the conversation has later messages: use a new request_id",
        turn,
      );
    case "other-content":
      throw invalid([
        { field: "request_id", description: "expected another one: this one belongs to another message" },
      ]);
    default:
      return repetition satisfies never;
  }
}

function refused(code: Code, reason: string, why: string, { id }: ActiveTurn): ReturnType<typeof toError> {
  const message = `the turn of this request_id ${why}`;
  return toError({ code, reason, message, metadata: { turn_id: id } });
}
