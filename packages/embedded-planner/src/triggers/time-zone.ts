import type { Reading } from "../reading.ts";

/** The IANA zones of large cities. An abbreviation such as "EST" stands for several zones, so the planner asks. */
const CITIES: Readonly<Record<string, string>> = {
  amsterdam: "Europe/Amsterdam",
  athens: "Europe/Athens",
  auckland: "Pacific/Auckland",
  bangkok: "Asia/Bangkok",
  barcelona: "Europe/Madrid",
  beijing: "Asia/Shanghai",
  berlin: "Europe/Berlin",
  boston: "America/New_York",
  brussels: "Europe/Brussels",
  cairo: "Africa/Cairo",
  chicago: "America/Chicago",
  copenhagen: "Europe/Copenhagen",
  denver: "America/Denver",
  dubai: "Asia/Dubai",
  dublin: "Europe/Dublin",
  helsinki: "Europe/Helsinki",
  "hong kong": "Asia/Hong_Kong",
  istanbul: "Europe/Istanbul",
  johannesburg: "Africa/Johannesburg",
  kyiv: "Europe/Kyiv",
  lagos: "Africa/Lagos",
  lisbon: "Europe/Lisbon",
  london: "Europe/London",
  "los angeles": "America/Los_Angeles",
  madrid: "Europe/Madrid",
  melbourne: "Australia/Melbourne",
  "mexico city": "America/Mexico_City",
  mumbai: "Asia/Kolkata",
  munich: "Europe/Berlin",
  nairobi: "Africa/Nairobi",
  "new york": "America/New_York",
  oslo: "Europe/Oslo",
  paris: "Europe/Paris",
  prague: "Europe/Prague",
  rome: "Europe/Rome",
  "san francisco": "America/Los_Angeles",
  "sao paulo": "America/Sao_Paulo",
  seattle: "America/Los_Angeles",
  seoul: "Asia/Seoul",
  shanghai: "Asia/Shanghai",
  singapore: "Asia/Singapore",
  stockholm: "Europe/Stockholm",
  sydney: "Australia/Sydney",
  tokyo: "Asia/Tokyo",
  toronto: "America/Toronto",
  vienna: "Europe/Vienna",
  warsaw: "Europe/Warsaw",
  zurich: "Europe/Zurich",
};

const IANA =
  /(?:\bin )?\b((?:Africa|America|Asia|Atlantic|Australia|Europe|Indian|Pacific)\/[A-Z][A-Za-z_]+)\b(?: time)?/;
const UTC = /\b(?:in )?(?:utc|gmt)\b(?: time)?/i;
const CITY = new RegExp(`\\b(?:in )?(${Object.keys(CITIES).join("|")})(?:'s)?(?: time)?\\b`, "i");
const SOME_TIME = /\b(?!(?:any|this|that|each|every|next|last|same|first|the|of|some)\b)(\p{L}{2,40}) time\b/iu;

/** Takes "Berlin time", "in Europe/Berlin" or "UTC"; `unknown` has the words of an unknown place. */
export function takeTimeZone(reading: Reading): { readonly zone: string } | { readonly unknown: string } | undefined {
  const iana = reading.take(IANA)?.[1];
  if (iana !== undefined) return { zone: iana };
  if (reading.take(UTC) !== undefined) return { zone: "UTC" };
  const city = reading.take(CITY)?.[1];
  if (city !== undefined) return { zone: CITIES[city.toLowerCase()] ?? "UTC" };
  const words = reading.take(SOME_TIME)?.[1];
  return words === undefined ? undefined : { unknown: words };
}
