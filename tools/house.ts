/**
 * `npm run -s house`: the figures of the house; with `--json` as JSON. They inform and refuse nothing: what is refused is in
 * `npm run check`.
 */

import { describeHouse, measureHouse } from "./house/house.ts";
import { readTracked } from "./house/tracked.ts";

const house = measureHouse(readTracked());
console.log(process.argv.includes("--json") ? JSON.stringify(house, undefined, 2) : describeHouse(house));
