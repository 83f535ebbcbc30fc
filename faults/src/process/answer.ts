/** The child's side of `Child`. */

/** The argument that the parent gave this program. */
export function argumentOf<Argument>(): Argument {
  return JSON.parse(process.argv[2] ?? "{}") as Argument;
}

interface Asked<Question> {
  readonly id: number;
  readonly question: Question;
}

/**
 * Answers each question with what `reply` returns. When the parent closes the channel or has ended, `onDisconnect` runs.
 * By default it ends the process.
 */
export function answerParent<Question>(
  reply: (question: Question) => unknown,
  onDisconnect: () => void = () => process.exit(),
): void {
  // A Ctrl-C reaches the whole process group. The parent ends its children in order.
  process.on("SIGINT", () => {});
  process.on("disconnect", onDisconnect);
  if (!process.connected) onDisconnect();
  process.on("message", ({ id, question }: Asked<Question>) => {
    void Promise.resolve(reply(question)).then(
      (answer) => process.connected && process.send?.({ id, answer }),
      (error: unknown) => {
        console.error(error);
        process.exit(1);
      },
    );
  });
}
