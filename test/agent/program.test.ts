import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { AGENT_HELP, runAgentProgram } from "../../src/agent/program.ts";
import { plainAgentConfig } from "../../src/dev/agent-config.ts";
import { AGENT_CONFIG_VARIABLE, type AgentConfig } from "../../src/engines/native/agent-config.ts";
import { VERSION } from "../../src/version.ts";

let root: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "keycard-program-"));
  writeFileSync(join(root, "termination-log"), "");
});

afterEach(() => rmSync(root, { recursive: true, force: true }));

/** A pod that asks for nothing, of a Vault that is not there. */
function configuration(changes: Partial<AgentConfig> = {}): string {
  const plain = plainAgentConfig(root, "http://127.0.0.1:9");
  const config: AgentConfig = {
    ...plain,
    vault: { ...plain.vault, timeoutSeconds: 1 },
    auth: { ...plain.auth, config: {}, minBackoffSeconds: 0.01, maxBackoffSeconds: 0.01 },
    writableDirectories: [],
    rotationGraceSeconds: 1,
    startTimeoutSeconds: 0,
    revokeTimeoutSeconds: 1,
    ...changes,
  };
  return JSON.stringify(config);
}

interface Run {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
  readonly termination: string;
}

async function run(
  args: readonly string[],
  config: string | undefined,
  signal: AbortSignal = new AbortController().signal,
): Promise<Run> {
  let [stdout, stderr] = ["", ""];
  const termination = join(root, "termination-log");
  const code = await runAgentProgram(args, {
    env: { [AGENT_CONFIG_VARIABLE]: config, KEYCARD_TERMINATION_LOG: termination, KEYCARD_POD_NAME: "app-0" },
    stdout: (text) => {
      stdout += text;
    },
    stderr: (text) => {
      stderr += text;
    },
    signal,
  });
  return { code, stdout, stderr, termination: readFileSync(termination, "utf8") };
}

describe("keycard agent probe", () => {
  test("ends with 0 once the agent has marked everything as written and working", async () => {
    const config = configuration();
    expect(await run(["probe"], config)).toMatchObject({
      code: 1,
      stderr: "keycard agent: not everything is written yet\n",
    });
    mkdirSync(join(root, "state"));
    writeFileSync(join(root, "state", "ready"), "");
    expect(await run(["probe"], config)).toMatchObject({ code: 0, stdout: "", stderr: "" });
  });

  test("outside of a pod says what is missing", async () => {
    expect(await run(["probe"], undefined)).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("KEYCARD_AGENT_CONFIG is not set"),
    });
  });

  test("leaves the container's termination message alone", async () => {
    expect((await run(["probe"], "{")).termination).toBe("");
  });
});

describe("keycard agent wait", () => {
  test("ends with 0 as soon as everything is written and works", async () => {
    const ended = run(["wait"], configuration());
    mkdirSync(join(root, "state"));
    writeFileSync(join(root, "state", "ready"), "");
    expect(await ended).toMatchObject({ code: 0, stdout: "", stderr: "" });
  });

  test("ends with 1 when it is told to, and leaves the termination message to the agent", async () => {
    expect(await run(["wait"], configuration(), AbortSignal.abort())).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("not everything is written yet"),
      termination: "",
    });
  });
});

describe("keycard agent", () => {
  test.each(["--help", "-h"])("%s shows how it is used", async (flag) => {
    expect(await run([flag], undefined)).toMatchObject({ code: 0, stdout: `${AGENT_HELP}\n` });
  });

  test("--version shows its version", async () => {
    expect(await run(["--version"], undefined)).toMatchObject({ code: 0, stdout: `${VERSION}\n` });
  });

  test.each([
    [["nonsense"], "nonsense is not known here"],
    [["--once", "again"], "--once again is not known here"],
    [["probe", "--once"], "probe --once is not known here"],
  ])("%j is wrong usage", async (args, message) => {
    const { code, stderr } = await run(args, configuration());
    expect(code).toBe(2);
    expect(stderr).toContain(message);
    expect(stderr).toContain(AGENT_HELP);
  });

  test("with a configuration that is wrong says so twice: on stderr, and to kubectl", async () => {
    const { code, stderr, termination } = await run(["--once"], configuration().replace('"info"', '"loud"'));
    expect(code).toBe(1);
    expect(stderr).toContain("logLevel must be one of");
    expect(termination).toContain("logLevel must be one of");
  });

  test("that is told to end before it has begun ends well, with nothing left", async () => {
    const { code, stdout } = await run([], configuration(), AbortSignal.abort());
    expect(code).toBe(0);
    const events = stdout
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line).event);
    expect(events.at(0)).toBe("started");
    expect(events.slice(-2)).toEqual(["shutting-down", "ended"]);
    expect(existsSync(join(root, "state", "state.json"))).toBe(false);
  });

  test("whose login is refused for good gives up, with the reason", async () => {
    const { code, stdout, termination } = await run(
      ["--once"],
      configuration({ tokenFile: join(root, "token") }),
    );
    expect(code).toBe(1);
    expect(termination).toContain("lacks role");
    const lines = stdout
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(lines.at(-1)).toMatchObject({ event: "gave-up", pod: "app-0", level: 50 });
  });
});
