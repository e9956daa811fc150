// Compiles the contracts with the pinned solc-js, without forge, and writes
//   abi/<Name>.json         committed, for readers and other clients
//   build/<Name>.{abi,bin}  input of abigen, not committed
//   ../chain/deploy/code.json  committed: what nodes know the deployed code by
// With --check it writes nothing that is committed, and fails when a committed file differs. It also fails when a
// function, event or error of an interface is not documented in full.
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
    outputSelection: {
      "*": { "": ["ast"], "*": ["abi", "devdoc", "userdoc", "evm.bytecode.object", "evm.deployedBytecode"] },
    },
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
const names = variableNames(output.sources);
const code = {};
for (const name of CONTRACTS) {
  const contract = output.contracts[`src/${name}.sol`][name];
  commit(`abi/${name}.json`, contract.abi);
  writeFileSync(join(root, "build", `${name}.abi`), JSON.stringify(contract.abi));
  writeFileSync(join(root, "build", `${name}.bin`), contract.evm.bytecode.object);
  code[name] = runtime(contract.evm.deployedBytecode);
}
commit("../chain/deploy/code.json", code);
for (const name of ["IMarket", "IRewards", "IStaking"]) documented(name, output.contracts[`src/${name}.sol`][name]);

// commit writes a committed file, or compares it.
function commit(path, value) {
  const pretty = JSON.stringify(value, null, 2) + "\n";
  const file = join(root, path);
  if (!check) return writeFileSync(file, pretty);
  let committed = "";
  try {
    committed = readFileSync(file, "utf8");
  } catch {}
  if (committed !== pretty) fail(`${path} is stale; run node build.mjs`);
}

// runtime is what deployed code must be: the bytes with zeros where the constructor puts its immutable values, and the
// places of those values. The values differ from one deployment to the next and are checked one by one.
function runtime({ object, immutableReferences }) {
  const immutables = {};
  for (const [id, places] of Object.entries(immutableReferences)) {
    if (places.some((place) => place.length !== 32)) fail(`immutable ${names[id]} is not a word`);
    immutables[names[id]] = places.map((place) => place.start).sort((a, b) => a - b);
  }
  const sorted = Object.fromEntries(Object.entries(immutables).sort(([a], [b]) => (a < b ? -1 : 1)));
  return { code: "0x" + object, immutables: sorted };
}

// variableNames maps the AST ids of state variables to their names.
function variableNames(sources) {
  const names = {};
  for (const { ast } of Object.values(sources)) {
    for (const contract of ast.nodes.filter((node) => node.nodeType === "ContractDefinition")) {
      for (const node of contract.nodes) if (node.nodeType === "VariableDeclaration") names[node.id] = node.name;
    }
  }
  return names;
}

// documented fails unless each function, event and error says what it is for, and what each parameter and result is.
function documented(name, { abi, devdoc, userdoc }) {
  for (const item of abi) {
    const group = `${item.type === "function" ? "method" : item.type}s`;
    const key = `${item.name}(${item.inputs.map(canonical).join(",")})`;
    // Errors may share a name, so solc gives each a list.
    const [dev, user] = [devdoc, userdoc].map((doc) => [doc[group]?.[key]].flat()[0]);
    if (!user?.notice) fail(`${name}.${key} has no @notice`);
    for (const input of item.inputs) if (!dev?.params?.[input.name]) fail(`${name}.${key} has no @param ${input.name}`);
    for (const [i, result] of (item.outputs ?? []).entries()) {
      if (!dev?.returns?.[result.name || `_${i}`]) fail(`${name}.${key} has no @return ${result.name || i}`);
    }
  }
}

function canonical({ type, components }) {
  return components ? `(${components.map(canonical).join(",")})${type.slice("tuple".length)}` : type;
}

function fail(message) {
  process.stderr.write(`build.mjs: ${message}\n`);
  process.exit(1);
}
