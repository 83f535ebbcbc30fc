/** The answer in a language that is not known: it is written in another script, or its words are too few. */
const IN_ENGLISH = "I understand English only yet. Please say it in English. What would you like to automate?";

interface Language {
  /** Frequent words of the language. `SHARED` holds those that are English words, too. */
  readonly words: ReadonlySet<string>;
  /** The same answer in the language, with an example that it can be changed into. */
  readonly answer: string;
}

const EXAMPLE = '"every weekday at 9am fetch https://example.com/orders and post it to https://example.com/hook"';

const LANGUAGES: readonly Language[] = [
  language(
    "der die das und oder wenn dann jeden jede jedes jeder ein eine einen einem ich mir mich nicht ist sind mit für fuer auf von zu um uhr bitte sende schicke rufe hole prüfe morgen täglich wöchentlich stunde",
    `Ich verstehe bisher nur Englisch (I understand English only yet). Bitte schreiben Sie es auf Englisch, zum Beispiel: ${EXAMPLE}.`,
  ),
  language(
    "le la les des une et ou quand chaque tous toutes jour heure je moi pas est sont avec pour sur dans envoie envoyer récupère alors lundi matin",
    `Je ne comprends encore que l'anglais (I understand English only yet). Écrivez votre demande en anglais, par exemple : ${EXAMPLE}.`,
  ),
  language(
    "el los las una y cuando cada día dia hora yo no es con para por en envía enviar todos lunes mañana entonces si",
    `Por ahora solo entiendo inglés (I understand English only yet). Escríbalo en inglés, por ejemplo: ${EXAMPLE}.`,
  ),
  language(
    "il lo gli uno ogni giorno ora quando allora invia mandami per con alle",
    `Per ora capisco solo l'inglese (I understand English only yet). Lo scriva in inglese, per esempio: ${EXAMPLE}.`,
  ),
  language(
    "o os um uma quando cada dia envie para com às então toda todo",
    `Por enquanto só entendo inglês (I understand English only yet). Escreva em inglês, por exemplo: ${EXAMPLE}.`,
  ),
  language(
    "het een en als elke dag uur stuur naar met niet om dan",
    `Ik begrijp voorlopig alleen Engels (I understand English only yet). Schrijf het in het Engels, bijvoorbeeld: ${EXAMPLE}.`,
  ),
];

const FOREIGN: ReadonlySet<string> = new Set(LANGUAGES.flatMap(({ words }) => [...words]));

function language(words: string, answer: string): Language {
  return { words: new Set(words.split(" ")), answer };
}

/** The answer to a message in another language, in the language of most of its words. */
export function englishOnly(text: string): string {
  const words = wordsOf(text);
  const counts = LANGUAGES.map((each) => words.filter((word) => each.words.has(word)).length);
  const most = Math.max(...counts);
  return (most < 2 ? undefined : LANGUAGES[counts.indexOf(most)]?.answer) ?? IN_ENGLISH;
}

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
  const bare = withoutQuotes(text);
  const letters = bare.match(/\p{L}/gu) ?? [];
  const foreignLetters = letters.filter((letter) => !/\p{Script=Latin}/u.test(letter)).length;
  if (letters.length > 0 && foreignLetters * 2 > letters.length) return true;
  const words = wordsOf(text);
  const foreign = words.filter((word) => FOREIGN.has(word));
  const certain = foreign.filter((word) => !SHARED.has(word));
  const english = words.filter((word) => ENGLISH.has(word));
  return certain.length >= 2 && foreign.length > english.length;
}

function wordsOf(text: string): readonly string[] {
  return (
    withoutQuotes(text)
      .toLowerCase()
      .match(/\p{L}+/gu) ?? []
  );
}

function withoutQuotes(text: string): string {
  return text.replace(/https?:\/\/\S+|"[^"]*"|'[^']*'/g, " ");
}
