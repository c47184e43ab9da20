import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough, Readable } from "node:stream";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { secondsUntilNextRead } from "../../src/cli/template/watch.ts";
import { createTemplateCommand } from "../../src/cli/template.ts";
import { VaultError } from "../../src/vault/error.ts";
import type { VaultClient, VaultRequest, VaultResponse } from "../../src/vault/response.ts";

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "keycard-template-"));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

function answer(body: object): VaultResponse {
  const data = "data" in body ? (body.data as VaultResponse["data"]) : null;
  return {
    status: 200,
    requestId: "",
    leaseId: "",
    leaseDurationSeconds: 0,
    renewable: false,
    data,
    auth: null,
    wrapToken: null,
    warnings: [],
    body: JSON.stringify(body),
  };
}

function vaultOf(secrets: Readonly<Record<string, object>>) {
  const requests: VaultRequest[] = [];
  let closed = 0;
  const client: VaultClient = {
    address: "http://vault.example",
    async send(request) {
      requests.push(request);
      const data = secrets[request.path];
      if (!data) throw new VaultError("not-found", `nothing at ${request.path}`, { status: 404 });
      return answer({ data });
    },
    close: () => {
      closed++;
    },
  };
  return { client, requests, closed: () => closed };
}

interface Run {
  readonly code: number;
  readonly stdout: Buffer;
  readonly stderr: string;
}

async function keycardTemplate(
  args: readonly string[],
  { stdin = "", vault = vaultOf({}), env = {}, token = "t0k3n" } = {},
): Promise<Run> {
  const stdout = new PassThrough();
  const stderr = new PassThrough();
  const command = createTemplateCommand(() => ({ client: vault.client, token: token || undefined }));
  const code = await command.run(args, {
    env: { HOME: directory, ...env },
    stdin: Readable.from([stdin]),
    stdout,
    stderr,
    signal: new AbortController().signal,
  });
  const read = (stream: PassThrough): Buffer => stream.read() ?? Buffer.alloc(0);
  return { code, stdout: read(stdout), stderr: read(stderr).toString() };
}

const USER = '{{ with secret "kv/app" }}{{ .Data.user }}{{ end }}';

describe("keycard template", () => {
  test("renders a file with what Vault has", async () => {
    const file = join(directory, "app.env");
    writeFileSync(file, `user=${USER}\n`);
    const vault = vaultOf({ "kv/app": { user: "bob" } });
    expect(await keycardTemplate([file], { vault })).toEqual({
      code: 0,
      stdout: Buffer.from("user=bob\n"),
      stderr: "",
    });
    expect(vault.requests.map(({ token }) => token)).toEqual(["t0k3n", "t0k3n"]);
    expect(vault.closed()).toBe(1);
  });

  test("says so when Vault refuses and no token was given", async () => {
    const refusing = vaultOf({});
    const send = () => Promise.reject(new VaultError("denied", "403", { fix: "Check the token." }));
    const vault = { ...refusing, client: { ...refusing.client, send } };
    const shown = async (token: string) =>
      (await keycardTemplate(["-"], { stdin: USER, vault, token })).stderr.trim();
    expect(await shown("")).toBe(
      'keycard template: 403. No token was given: set VAULT_TOKEN, or run "vault login" first. [KEYCARD_VAULT_DENIED]',
    );
    expect(await shown("t0k3n")).toBe("keycard template: 403. Check the token. [KEYCARD_VAULT_DENIED]");
  });

  test("reads the template from standard input", async () => {
    const vault = vaultOf({ "kv/app": { user: "bob" } });
    expect((await keycardTemplate(["-"], { stdin: USER, vault })).stdout.toString()).toBe("bob");
  });

  test("writes bytes as they are, and no newline of its own", async () => {
    expect((await keycardTemplate(["-"], { stdin: '{{ base64Decode "/v0=" }}' })).stdout).toEqual(
      Buffer.from([0xfe, 0xfd]),
    );
  });

  test("takes other delimiters", async () => {
    const args = ["--left-delimiter", "<%", "--right-delimiter", "%>", "-"];
    expect((await keycardTemplate(args, { stdin: '{{<% "x" %>}}' })).stdout.toString()).toBe("{{x}}");
  });

  test("shows the environment to the template", async () => {
    const env = { STAGE: "test" };
    expect((await keycardTemplate(["-"], { stdin: '{{ env "STAGE" }}', env })).stdout.toString()).toBe(
      "test",
    );
  });

  test("finds the token that vault login left", async () => {
    writeFileSync(join(directory, ".vault-token"), "from-file\n");
    const vault = vaultOf({ "kv/app": { user: "bob" } });
    await keycardTemplate(["-"], { stdin: USER, vault, token: "" });
    expect(vault.requests[0]?.token).toBe("from-file");
  });

  test("reads a secret once, however many passes it takes", async () => {
    const vault = vaultOf({ "kv/app": { next: "kv/db" }, "kv/db": { host: "db" } });
    const stdin = '{{ with secret "kv/app" }}{{ with secret .Data.next }}{{ .Data.host }}{{ end }}{{ end }}';
    expect((await keycardTemplate(["-"], { stdin, vault })).stdout.toString()).toBe("db");
    const reads = vault.requests.map(({ path }) => path).filter((path) => path.startsWith("kv/"));
    expect(reads).toEqual(["kv/app", "kv/db"]);
  });

  test("writes the files of writeToFile once, when all is read", async () => {
    const target = join(directory, "sub", "extra");
    const stdin = `{{ with secret "kv/app" }}{{ .Data.user | writeToFile "${target}" "" "" "0640" "append" }}{{ end }}`;
    const vault = vaultOf({ "kv/app": { user: "bob" } });
    await keycardTemplate(["-"], { stdin: stdin.replace(' "append"', ""), vault });
    expect(readFileSync(target, "utf8")).toBe("bob");
    await keycardTemplate(["-"], { stdin, vault });
    expect(readFileSync(target, "utf8")).toBe("bobbob");
  });

  test("shows a template the file that it writes", async () => {
    const target = join(directory, "list");
    writeFileSync(target, "before,");
    const append = (text: string): string =>
      `{{ "${text}" | writeToFile "${target}" "" "" "0600" "append,newline" }}`;
    const { stdout } = await keycardTemplate(["-"], {
      stdin: `${append("a")}${append("b")}{{ file "${target}" }}`,
    });
    expect(stdout.toString()).toBe("before,a\nb\n");
    expect(readFileSync(target, "utf8")).toBe("before,a\nb\n");
    expect(statSync(target).mode & 0o777).toBe(0o600);
  });

  test("says which file it cannot write", async () => {
    const target = join(directory, "no", "such", "list");
    const stdin = `{{ "x" | writeToFile "${target}" "" "" "0600" "append" }}`;
    const { code, stderr } = await keycardTemplate(["-"], { stdin });
    expect([code, stderr]).toEqual([1, expect.stringContaining(`writeToFile cannot write ${target}`)]);
  });

  test("runs programs with the environment that the template sees", async () => {
    const program = join(directory, "program");
    writeFileSync(program, '#!/bin/sh\necho "$STAGE:$1:$#"; echo; exit "$2"\n', { mode: 0o755 });
    const run = (code: number) =>
      keycardTemplate(["-"], {
        stdin: `{{ plugin "${program}" "a b" "${code}" }}`,
        env: { STAGE: "test" },
      });
    expect((await run(0)).stdout.toString()).toBe("test:a b:2");
    const failed = await run(3);
    expect([failed.code, failed.stderr]).toEqual([1, expect.stringContaining("exit status 3")]);
  });

  test.each([
    ["a template that does not parse", "{{ if }}", "KEYCARD_TEMPLATE_SYNTAX", []],
    ["a secret that is not there", USER, "KEYCARD_TEMPLATE_NO_SECRET", []],
    [
      "a missing key that is an error",
      "{{ (sprig_dict).x }}",
      "KEYCARD_TEMPLATE_EXECUTION",
      ["--error-on-missing-key"],
    ],
  ])(
    "%s: exit code 1, the reason on standard error, nothing on standard output",
    async (_, stdin, code, args) => {
      const run = await keycardTemplate([...args, "-"], { stdin });
      expect(run.code).toBe(1);
      expect(run.stderr).toContain(code);
      expect(run.stdout).toHaveLength(0);
    },
  );

  test("a file that cannot be read: exit code 1", async () => {
    const run = await keycardTemplate([join(directory, "gone")]);
    expect([run.code, run.stderr]).toEqual([1, expect.stringContaining("the template cannot be read")]);
  });

  test.each([[[]], [["a", "b"]], [["--nope", "-"]], [["--interval", "soon", "-"]]])(
    "wrong usage %j: exit code 2",
    async (args) => {
      const run = await keycardTemplate(args);
      expect(run.code).toBe(2);
      expect(run.stderr).toContain("keycard template --help");
    },
  );
});

describe("--watch reads again", () => {
  const fetched = (leaseId: string, leaseDurationSeconds: number) => ({
    value: null,
    response: { ...answer({}), leaseId, leaseDurationSeconds },
  });

  test.each([
    ["after the interval without leases", [fetched("", 2_764_800)], 300],
    ["before the first lease ends", [fetched("a", 100), fetched("b", 50)], 45],
    ["not later than the interval", [fetched("a", 3600)], 300],
    ["not more than once a second", [fetched("a", 1)], 1],
  ])("%s", (_, answers, seconds) => {
    expect(secondsUntilNextRead(answers, 300)).toBe(seconds);
  });

  test("writes what has changed, and tells of failures while it keeps on", async () => {
    const ended = new AbortController();
    const [stdout, stderr] = [new PassThrough(), new PassThrough()];
    const secrets: Record<string, object> = { "kv/app": { user: "a" } };
    const then = [
      () => undefined,
      () => Object.assign(secrets, { "kv/app": { user: "b" } }),
      () => delete secrets["kv/app"],
      () => Object.assign(secrets, { "kv/app": { user: "c" } }),
      () => ended.abort(),
    ];
    const waited: number[] = [];
    const wait = async (seconds: number): Promise<void> => {
      waited.push(seconds);
      then.shift()?.();
    };
    const vault = vaultOf(secrets);
    const command = createTemplateCommand(() => ({ client: vault.client, token: "t" }), wait);
    const io = { env: {}, stdin: Readable.from([USER]), stdout, stderr, signal: ended.signal };
    expect(await command.run(["--watch", "--interval", "90s", "-"], io)).toBe(0);
    expect(waited).toEqual([90, 90, 90, 90, 90]);
    expect(String(stdout.read())).toBe("abc");
    expect(String(stderr.read())).toContain("no secret exists at kv/app");
  });

  test("ends with exit code 0 when it is told to", async () => {
    const ended = new AbortController();
    const stdout = new PassThrough();
    const vault = vaultOf({});
    const running = createTemplateCommand(() => ({ client: vault.client, token: "t" })).run(
      ["--watch", "-"],
      {
        env: {},
        stdin: Readable.from(["x"]),
        stdout,
        stderr: new PassThrough(),
        signal: ended.signal,
      },
    );
    stdout.once("data", () => ended.abort());
    expect(await running).toBe(0);
  });
});
