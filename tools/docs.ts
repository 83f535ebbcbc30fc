// `npm run docs`: the API docs of the packages, as pages in docs/api, from the docstrings of their exports.

import { writeApiDocs } from "./check/api-docs.ts";

const problem = writeApiDocs();
console.log(problem === "" ? "docs/api/index.html" : problem);
process.exitCode = problem === "" ? 0 : 1;
