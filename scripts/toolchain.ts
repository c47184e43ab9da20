import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { constants } from "node:fs";
import { access, mkdir, readdir, readFile, rename, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";

/*
 * Builds the real parts that tests and benchmarks run against, from Go modules, into a cache outside the
 * repository. Each folder of `toolchain/` is one Go module whose `tool` lines name what to build.
 *
 *   node scripts/toolchain.ts [NAME|all]
 */

type Environment = Readonly<Record<string, string | undefined>>;

/** One program of a toolchain. */
export interface Tool {
  /** e.g. `vault`, `kube-apiserver`. */
  readonly name: string;
  readonly version: string;
  /** Go package with its main function. */
  readonly package: string;
  /** Absolute path of the toolchain's folder. */
  readonly directory: string;
  /** Absolute path the binary is built to: `<cache>/bin/<name>-<version>`. */
  readonly path: string;
  /** Changes whenever the binary has to be built again. */
  readonly key: string;
}

const TOOLCHAINS = fileURLToPath(new URL("../toolchain", import.meta.url));

/** Packages whose last path element is not the program's name. */
const NAMES: ReadonlyMap<string, string> = new Map([["go.etcd.io/etcd/server/v3", "etcd"]]);

/** `KEYCARD_CACHE`, or `keycard` in the user's cache directory. */
export function cacheDirectory(env: Environment): string {
  const base = env["XDG_CACHE_HOME"] || join(env["HOME"] || homedir(), ".cache");
  return env["KEYCARD_CACHE"] || join(base, "keycard");
}

/** The tools of one toolchain as its go.mod has them, built or not. */
export async function readTools(toolchain: string, env: Environment): Promise<readonly Tool[]> {
  const directory = join(TOOLCHAINS, toolchain);
  const module = await readFile(join(directory, "go.mod"), "utf8");
  const sums = await readFile(join(directory, "go.sum"), "utf8");
  return toolPackages(module).map((tool) => {
    const name = NAMES.get(tool) ?? tool.slice(tool.lastIndexOf("/") + 1);
    const version = versionOf(module, tool);
    const flags = linkerFlags(tool, version);
    return {
      name,
      version,
      package: tool,
      directory,
      path: join(cacheDirectory(env), "bin", `${name}-${version}`),
      key: createHash("sha256").update([module, sums, flags].join("\n")).digest("hex"),
    };
  });
}

/** The `tool` lines of a go.mod, alone or in a block. */
function toolPackages(module: string): readonly string[] {
  const block = /^tool \(\n([\s\S]*?)^\)/m.exec(module)?.[1] ?? "";
  const single = [...module.matchAll(/^tool ([^\s(]+)/gm)].flatMap(([, name]) => name ?? []);
  return [...single, ...block.split("\n").map((line) => line.trim())].filter((line) => line !== "");
}

/** The version of the module that a package is in, without the leading `v`. */
function versionOf(module: string, tool: string): string {
  const required = [...module.matchAll(/^\s*(?:require )?(\S+) v(\d\S*)/gm)];
  const owners = required.filter(([, path = ""]) => tool === path || tool.startsWith(`${path}/`));
  const owner = owners.sort(([, left = ""], [, right = ""]) => left.length - right.length).at(-1);
  if (owner?.[2] === undefined) throw new Error(`go.mod requires no module that has ${tool} in it`);
  return owner[2];
}

/** Without symbols; Kubernetes' programs learn their version from the linker. */
function linkerFlags(tool: string, version: string): string {
  if (!tool.startsWith("k8s.io/kubernetes/")) return "-s -w";
  const [major, minor] = version.split(".");
  const variables = [
    `k8s.io/component-base/version.gitVersion=v${version}`,
    `k8s.io/component-base/version.gitMajor=${major}`,
    `k8s.io/component-base/version.gitMinor=${minor}`,
    `k8s.io/client-go/pkg/version.gitVersion=v${version}`,
  ];
  return ["-s -w", ...variables.map((variable) => `-X ${variable}`)].join(" ");
}

/** Names of all toolchains. */
export async function toolchainNames(): Promise<readonly string[]> {
  const entries = await readdir(TOOLCHAINS, { withFileTypes: true });
  return entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
}

/**
 * The path of a tool that is built and current; undefined: `npm run toolchain` has to build it first.
 * @throws Error when no toolchain has a tool of that name.
 */
export async function toolBinary(name: string, env: Environment): Promise<string | undefined> {
  for (const toolchain of await toolchainNames()) {
    const tool = (await readTools(toolchain, env)).find((candidate) => candidate.name === name);
    if (tool !== undefined) return (await isBuilt(tool)) ? tool.path : undefined;
  }
  throw new Error(`no toolchain builds ${name}`);
}

async function isBuilt(tool: Tool): Promise<boolean> {
  try {
    await access(tool.path, constants.X_OK);
    return (await readFile(`${tool.path}.key`, "utf8")) === tool.key;
  } catch {
    return false;
  }
}

async function findGo(env: Environment): Promise<string | undefined> {
  const directories = [...(env["PATH"] ?? "").split(delimiter), "/usr/local/go/bin"];
  for (const path of directories
    .filter((directory) => directory !== "")
    .map((directory) => join(directory, "go"))) {
    const usable = await access(path, constants.X_OK).then(
      () => true,
      () => false,
    );
    if (usable) return path;
  }
  return undefined;
}

const NO_GO =
  "Go is not installed, and building needs it: https://go.dev/dl/ (1.21 or later fetches the version it needs).\n" +
  "Without Go, tests against a real Vault can use one you have: set KEYCARD_VAULT_BIN to a vault binary, or put\n" +
  "vault or bao on PATH. All other tests run on the development Vault and need neither.\n";

const PROGRESS_MILLISECONDS = 10_000;

/** Kubernetes' programs are built static, as its releases are; the rest as Go's defaults have it. */
function buildEnvironment(tool: Tool): NodeJS.ProcessEnv {
  return tool.directory.endsWith("kubernetes") ? { ...process.env, CGO_ENABLED: "0" } : process.env;
}

/** Builds to a name of its own first: whoever runs the old binary, or builds at the same time, is not hurt. */
async function build(go: string, tool: Tool, report: (line: string) => void): Promise<void> {
  const unfinished = `${tool.path}.${process.pid}`;
  const flags = linkerFlags(tool.package, tool.version);
  const args = ["build", "-v", "-buildvcs=false", "-ldflags", flags, "-o", unfinished, tool.package];
  const started = Date.now();
  let packages = 0;
  let said = "";
  report(`${tool.name} ${tool.version}: building; minutes the first time, seconds after`);
  const progress = setInterval(() => {
    const seconds = Math.round((Date.now() - started) / 1000);
    report(`${tool.name} ${tool.version}: ${packages} packages compiled, ${seconds} s`);
  }, PROGRESS_MILLISECONDS);
  try {
    await run(go, args, tool, (text) => {
      packages += text.split("\n").filter((line) => /^[\w.-]+(\/[\w.~-]+)*$/.test(line)).length;
      said = (said + text).slice(-4000);
    });
  } catch (cause) {
    throw new Error(`building ${tool.name} failed:\n${said}`, { cause });
  } finally {
    clearInterval(progress);
  }
  await rename(unfinished, tool.path);
  await writeFile(`${tool.path}.key`, tool.key);
}

function run(
  command: string,
  args: readonly string[],
  tool: Tool,
  onOutput: (text: string) => void,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd: tool.directory,
      env: buildEnvironment(tool),
      stdio: ["ignore", "ignore", "pipe"],
    });
    child.stderr.on("data", (chunk: Buffer) => onOutput(chunk.toString("utf8")));
    child.once("error", reject);
    child.once("close", (code) => (code === 0 ? resolve() : reject(new Error(`go ended with ${code}`))));
  });
}

async function main(args: readonly string[], env: Environment): Promise<number> {
  const known = await toolchainNames();
  const [asked = "vault"] = args;
  if (asked !== "all" && !known.includes(asked)) {
    process.stderr.write(`unknown toolchain ${asked}; there are ${known.join(", ")}, and all\n`);
    return 2;
  }
  const go = await findGo(env);
  await mkdir(join(cacheDirectory(env), "bin"), { recursive: true });
  for (const toolchain of asked === "all" ? known : [asked]) {
    for (const tool of await readTools(toolchain, env)) {
      if (!(await isBuilt(tool))) {
        if (go === undefined) {
          process.stderr.write(NO_GO);
          return 1;
        }
        await build(go, tool, (line) => process.stderr.write(`${line}\n`));
      }
      process.stdout.write(`${tool.path}\n`);
    }
  }
  return 0;
}

if (import.meta.main) process.exitCode = await main(process.argv.slice(2), process.env);
