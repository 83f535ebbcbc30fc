// Commands that are planned: each prints one line and exits with 2, so that no script takes it for success.

const CONTENT: Readonly<Record<string, string>> = {
  simulate: "the policy code in virtual time",
};

const name = process.argv[2] ?? "";
console.error(`npm run ${name}: ${CONTENT[name] ?? "this command"} is not built yet.`);
process.exitCode = 2;
