export const ENGLISH_ONLY = "I understand English only yet. Please say it in English. What would you like to automate?";

/** Frequent words of other languages. `SHARED` holds those that are English words, too. */
const FOREIGN = new Set(
  [
    "der die das und oder wenn dann jeden jede jedes jeder ein eine einen einem ich mir mich nicht ist sind mit für fuer auf von zu um uhr bitte sende schicke rufe hole prüfe morgen täglich wöchentlich stunde",
    "le la les des une et ou quand chaque tous toutes jour heure je moi pas est sont avec pour sur dans envoie envoyer récupère alors lundi matin",
    "el los las una y cuando cada día dia hora yo no es con para por en envía enviar todos lunes mañana entonces si",
    "il lo gli uno ogni giorno ora quando allora invia mandami per con alle",
    "o os um uma quando cada dia envie para com às então toda todo",
    "het een en als elke dag uur stuur naar met niet om dan",
  ].flatMap((line) => line.split(" ")),
);

/** Words of `FOREIGN` that are English words, too. */
const SHARED = new Set([
  "die",
  "no",
  "o",
  "per",
  "a",
  "son",
  "es",
  "sur",
  "la",
  "le",
  "en",
  "il",
  "el",
  "lo",
  "con",
  "des",
  "y",
  "si",
  "um",
]);

const ENGLISH = new Set(
  "the and if then every when it to from at of is are with please post fetch send get call tell a an on in for my me".split(
    " ",
  ),
);

/** Whether a message is in another language. A doubtful message counts as English: unknown words stop a draft anyway. */
export function isForeign(text: string): boolean {
  const bare = text.replace(/https?:\/\/\S+|"[^"]*"|'[^']*'/g, " ");
  const letters = bare.match(/\p{L}/gu) ?? [];
  const foreignLetters = letters.filter((letter) => !/\p{Script=Latin}/u.test(letter)).length;
  if (letters.length > 0 && foreignLetters * 2 > letters.length) return true;
  const words = (bare.toLowerCase().match(/\p{L}+/gu) ?? []) as readonly string[];
  const foreign = words.filter((word) => FOREIGN.has(word));
  const certain = foreign.filter((word) => !SHARED.has(word));
  const english = words.filter((word) => ENGLISH.has(word));
  return certain.length >= 2 && foreign.length > english.length;
}
