// Compiles the contracts with the pinned solc-js, without forge, and writes
//   abi/<Name>.json         committed, for readers and other clients
//   build/<Name>.{abi,bin}  input of abigen, not committed
// With --check it writes nothing to abi/ and fails when a committed ABI differs.
// The settings equal foundry.toml's, so both give the same bytes.
import { mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const SOLC = "0.8.37+commit.f401782d";
const CONTRACTS = ["PrivToken", "MockUSDC", "Market", "Rewards", "Staking"];

const root = dirname(fileURLToPath(import.meta.url));
const solc = createRequire(import.meta.url)("solc");
if (!solc.version().startsWith(SOLC)) {
  fail(`solc is ${solc.version()}, want ${SOLC}; run npm ci in contracts/`);
}

const sources = {};
for (const name of readdirSync(join(root, "src"))) {
  if (name.endsWith(".sol")) sources[`src/${name}`] = { content: readFileSync(join(root, "src", name), "utf8") };
}
const input = {
  language: "Solidity",
  sources,
  settings: {
    evmVersion: "cancun",
    optimizer: { enabled: true, runs: 200 },
    metadata: { bytecodeHash: "none", appendCBOR: false },
    remappings: ["@openzeppelin/contracts/=node_modules/@openzeppelin/contracts/"],
    outputSelection: { "*": { "*": ["abi", "evm.bytecode.object"] } },
  },
};
const read = (path) => ({ contents: readFileSync(join(root, path), "utf8") });
const output = JSON.parse(solc.compile(JSON.stringify(input), { import: read }));
// 2394 says that transient storage composes badly unless it is cleared, which the reentrancy guard does.
const problems = (output.errors ?? []).filter((problem) => problem.errorCode !== "2394");
for (const problem of problems) process.stderr.write(problem.formattedMessage);
if (problems.some((problem) => problem.severity === "error")) process.exit(1);

const check = process.argv.includes("--check");
mkdirSync(join(root, "abi"), { recursive: true });
mkdirSync(join(root, "build"), { recursive: true });
for (const name of CONTRACTS) {
  const contract = output.contracts[`src/${name}.sol`][name];
  const pretty = JSON.stringify(contract.abi, null, 2) + "\n";
  const committed = join(root, "abi", `${name}.json`);
  if (check && readFileSync(committed, "utf8") !== pretty) fail(`abi/${name}.json is stale; run node build.mjs`);
  if (!check) writeFileSync(committed, pretty);
  writeFileSync(join(root, "build", `${name}.abi`), JSON.stringify(contract.abi));
  writeFileSync(join(root, "build", `${name}.bin`), contract.evm.bytecode.object);
}

function fail(message) {
  process.stderr.write(`build.mjs: ${message}\n`);
  process.exit(1);
}
