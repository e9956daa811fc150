// Compares what is said about the contracts with what is there, and fails at the first difference:
//   test/<Contract>.tree      every test stands in the tree of its contract under its function, and everything the tree
//                             says is tested; every function that changes something has its place; every error of the
//                             contract's ABI, inherited ones included, is expected by a test that names it
//   test/invariant/README.md  every invariant stated is checked, and the other way round
//   README.md                 the gas table is that of snapshots/; --write writes it
import { existsSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(fileURLToPath(import.meta.url));
const read = (path) => readFileSync(join(root, path), "utf8");

const CONTRACTS = { Market: "market", Rewards: "rewards", Staking: "staking", PrivToken: "token", MockUSDC: "token" };
// Those of this project, whose every function has a place in its tree. The tokens are OpenZeppelin's.
const OWN = ["Market", "Rewards", "Staking"];
// Errors that stand in an ABI but that no call can cause, and why.
const OUT_OF_REACH = {
  InvalidShortString: "read from storage only when a name has more than 31 bytes; the names are constants",
  StringTooLong: "when a name has more than 31 bytes; the names are constants",
  InvalidAccountNonce: "permit takes the nonce itself and never compares one",
  ECDSAInvalidSignatureLength: "no function takes a signature as bytes",
};

for (const name of Object.keys(CONTRACTS)) checkTree(name);
checkInvariants();
checkGasTable();

// checkTree compares a tree with the tests of its contract.
function checkTree(name) {
  const tree = parseTree(name);
  const expected = new Set();
  for (const [scope, leaves] of tree) {
    const tests = testsOf(fileOf(name, scope));
    for (const { text, names } of leaves) {
      const [, error] = /^it should revert with (\w+)$/.exec(text) ?? [];
      if (error) expected.add(error);
      for (const test of names) {
        if (!tests.has(test)) fail(`test/${name}.tree: ${scope} names ${test}, which is not in ${fileOf(name, scope)}`);
        if (error && !tests.get(test).includes(`${error}.selector`)) {
          fail(`test/${name}.tree: ${scope} says that ${test} expects ${error}, which it does not name`);
        }
      }
    }
  }
  // A file may hold the tests of several scopes.
  const files = new Set([...tree.keys()].map((scope) => fileOf(name, scope)));
  for (const file of filesOf(name)) {
    if (!files.has(file)) fail(`test/${name}.tree: nothing is said of ${file}`);
  }
  for (const file of files) {
    for (const test of testsOf(file).keys()) {
      const own = [...tree].filter(([scope]) => fileOf(name, scope) === file).flatMap(([, leaves]) => leaves);
      if (!own.some(({ names }) => names.includes(test))) fail(`test/${name}.tree: ${test} of ${file} is missing`);
    }
  }

  const abi = JSON.parse(read(`abi/${name}.json`));
  if (OWN.includes(name)) {
    for (const f of abi) {
      const writes = f.type === "constructor" || (f.type === "function" && !["view", "pure"].includes(f.stateMutability));
      const scope = f.name ?? "constructor";
      if (writes && !tree.has(scope)) fail(`test/${name}.tree: nothing is said of ${scope}`);
    }
  }
  for (const { name: error } of abi.filter(({ type }) => type === "error")) {
    const reachable = !(error in OUT_OF_REACH);
    // MockUSDC's errors are PrivToken's, but for its own.
    if (name === "MockUSDC" && JSON.parse(read("abi/PrivToken.json")).some((item) => item.name === error)) continue;
    if (reachable && !expected.has(error)) fail(`test/${name}.tree: no test expects ${error}`);
    if (!reachable && expected.has(error)) fail(`${error} is said to be out of reach, but a test of ${name} expects it`);
  }
}

// parseTree returns the leaves of each scope: what it says, and the tests it names.
function parseTree(name) {
  const tree = new Map();
  let scope = "";
  for (const [i, line] of read(`test/${name}.tree`).split("\n").entries()) {
    const [, title] = new RegExp(`^${name}::(\\w+)$`).exec(line) ?? [];
    if (title) {
      if (tree.has(title)) fail(`test/${name}.tree:${i + 1}: ${title} stands there twice`);
      scope = title;
      tree.set(scope, []);
      continue;
    }
    if (line === "") continue;
    const [, text] = /^[│ ]*[├└]── (.*)$/.exec(line) ?? fail(`test/${name}.tree:${i + 1}: not a branch: ${line}`);
    if (!text.startsWith("it should ")) {
      if (!/^(when|given|for each|else)\b/.test(text)) fail(`test/${name}.tree:${i + 1}: starts with none of when, given, for each, else, it should`);
      continue;
    }
    const [, says, names] = /^(it should .*?) +((?:test\w+, )*test\w+)$/.exec(text) ?? fail(`test/${name}.tree:${i + 1}: names no test`);
    tree.get(scope).push({ text: says, names: names.split(", ") });
  }
  return tree;
}

function filesOf(name) {
  const dir = `test/${CONTRACTS[name]}`;
  const files = readdirSync(join(root, dir)).filter((file) => file.endsWith(".t.sol"));
  return files.filter((file) => OWN.includes(name) || file === `${name}.t.sol`).map((file) => `${dir}/${file}`);
}

// fileOf returns where a scope is tested.
function fileOf(name, scope) {
  const file = `test/${CONTRACTS[name]}/${OWN.includes(name) ? scope : name}.t.sol`;
  if (!existsSync(join(root, file))) fail(`test/${name}.tree: ${scope} has no tests, ${file} is missing`);
  return file;
}

// testsOf returns the test functions of a file with their bodies, and with those of the file's own functions and
// constants that they use.
function testsOf(file) {
  const source = read(file);
  const bodies = new Map();
  for (const [, name, body] of source.matchAll(/\n    function (\w+)\([^{]*?\{(\n[\s\S]*?\n    )?\}/g)) {
    bodies.set(name, (bodies.get(name) ?? "") + (body ?? ""));
  }
  for (const [, name, value] of source.matchAll(/\n    \w+ private constant (\w+) = ([^;]+);/g)) bodies.set(name, value);
  const expand = (name, seen) => {
    if (seen.has(name)) return "";
    seen.add(name);
    const body = bodies.get(name);
    return body + [...body.matchAll(/\b\w+\b/g)].map(([word]) => (bodies.has(word) ? expand(word, seen) : "")).join("");
  };
  const tests = [...bodies.keys()].filter((name) => name.startsWith("test"));
  const declared = [...source.matchAll(/function (test\w+)/g)].map(([, name]) => name);
  if (tests.length !== declared.length) fail(`${file}: some of its functions could not be read`);
  return new Map(tests.map((name) => [name, expand(name, new Set())]));
}

// checkInvariants compares the table of the invariants with the functions that check them. Each has a name such as I1.
function checkInvariants() {
  const stated = [...read("test/invariant/README.md").matchAll(/^\| ([A-Z]\d+) \|/gm)].map(([, name]) => name);
  const checked = readdirSync(join(root, "test/invariant"))
    .filter((file) => file.endsWith(".t.sol"))
    .flatMap((file) => {
      const source = read(`test/invariant/${file}`);
      if (!/function invariant_\w+\(\)[^}]*\bcheck\(\);/.test(source)) fail(`${file} has no invariant that calls check()`);
      return [...source.matchAll(/handler\.check_([A-Z]\d+)_\w+\(\)/g)].map(([, name]) => name);
    });
  if (stated.length === 0) fail("test/invariant/README.md states nothing");
  for (const name of stated) if (!checked.includes(name)) fail(`invariant ${name} is stated but not checked`);
  for (const name of checked) if (!stated.includes(name)) fail(`invariant ${name} is checked but not stated`);
}

// checkGasTable compares the table of the README with the snapshots.
function checkGasTable() {
  const rows = OWN.flatMap((name) =>
    Object.entries(JSON.parse(read(`snapshots/${name}.json`))).map(
      ([call, gas]) => `| ${name} | ${call} | ${Number(gas).toLocaleString("en-US")} |`,
    ),
  );
  const table = ["| contract | call | gas |", "|---|---|---:|", ...rows].join("\n");
  const readme = read("README.md");
  const written = readme.replace(/(<!-- gas -->)[\s\S]*?(<!-- \/gas -->)/, (_, a, b) => `${a}\n${table}\n${b}`);
  if (!readme.includes("<!-- gas -->")) fail("README.md has no place for the gas table");
  if (process.argv.includes("--write")) writeFileSync(join(root, "README.md"), written);
  else if (written !== readme) fail("the gas table of README.md is stale; run node check.mjs --write");
}

function fail(message) {
  process.stderr.write(`check.mjs: ${message}\n`);
  process.exit(1);
}
