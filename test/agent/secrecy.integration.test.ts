import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { writeDatabaseRole } from "../../src/dev/configure.ts";
import { freePort } from "../../src/dev/server-process.ts";
import { errors, type Fault, type FaultyProxy, startFaultyProxy } from "../faults/proxy.ts";
import { textAt } from "../support/each-vault.ts";
import { startHttpDouble } from "../vault/doubles.ts";
import { type AgentParts, startAgentParts } from "./agent-parts.ts";
import { type AgentPod, type AgentRun, createAgentPod } from "./agent-pod.ts";
import { type Evidence, evidenceOf, leaks, modesOfState, remains, type Secret } from "./evidence.ts";

const ANSWER = "kv-answer-5f0c7e21b9";

let parts: AgentParts;
let proxy: FaultyProxy;

beforeAll(async () => {
  parts = await startAgentParts({ database: { defaultTtlSeconds: 3, maxTtlSeconds: 6 } });
  await parts.root.must("POST", "kv/app", { answer: ANSWER });
  proxy = await startFaultyProxy(parts.vault.address);
});

afterAll(async () => {
  await proxy?.[Symbol.asyncDispose]();
  await parts?.stop();
});

/** Everything secret that the pod holds at the moment. */
async function secretsOf(pod: AgentPod): Promise<readonly Secret[]> {
  const jwt = await readFile(join(pod.directory, "token"), "utf8");
  return [
    { name: "token", value: await pod.token() },
    { name: "password", value: await readFile(join(pod.secrets, "db", "password"), "utf8") },
    { name: "service account's token", value: jwt },
    { name: "signature of the service account's token", value: jwt.slice(jwt.lastIndexOf(".") + 1) },
    { name: "answer", value: ANSWER },
  ];
}

/** What a Vault, or something in its place, may say that repeats what it was told. */
function repeating(secrets: readonly Secret[]): readonly Fault[] {
  const [token = "", , jwt = ""] = secrets.map(({ value }) => value);
  const all = secrets.map(({ value }) => value).join(" ");
  return [
    { kind: "answer", status: 403, body: errors(`permission denied for ${token} of ${jwt}`) },
    { kind: "answer", status: 500, body: `<html>${all}</html>` },
    { kind: "answer", status: 200, body: all },
    { kind: "answer", status: 200, body: JSON.stringify({ lease_id: { all }, data: all }) },
    { kind: "answer", status: 307, body: all, headers: { location: `ftp://${token}/` } },
    { kind: "reset", when: "after" },
  ];
}

async function pages(port: number): Promise<readonly Evidence[]> {
  const paths = ["/healthz", "/readyz", "/metrics", "/anything-else"];
  return await Promise.all(
    paths.map(async (path) => {
      const answer = await fetch(`http://127.0.0.1:${port}${path}`);
      const headers = JSON.stringify([...answer.headers]);
      return { where: `${path} of the health page`, text: `${headers}\n${await answer.text()}` };
    }),
  );
}

/** A whole life, with everything that can go wrong in it. */
async function liveThroughEverything(pod: AgentPod): Promise<{
  readonly evidence: readonly Evidence[];
  readonly secrets: readonly Secret[];
}> {
  const evidence: Evidence[] = [];
  const init = pod.run("--once");
  evidence.push(...evidenceOf(init, "init container"));
  expect(await init.ended).toBe(0);
  const secrets = [...(await secretsOf(pod))];
  const sidecar = pod.run();
  await sidecar.until("resumed");
  evidence.push(...evidenceOf(sidecar, "sidecar"));
  let failures = 0;
  for (const fault of repeating(secrets)) {
    proxy.fault(fault);
    failures = sidecar.events("failed").length + 1;
    await sidecar.until("failed", failures);
    evidence.push(...(await pages(pod.config.healthPort)));
  }
  proxy.fault(undefined);
  const rotations = sidecar.events("secret-rotated").length + 1;
  await sidecar.until("secret-rotated", rotations);
  secrets.push(...(await secretsOf(pod)));
  evidence.push(...(await pages(pod.config.healthPort)));
  sidecar.process.kill("SIGTERM");
  expect(await sidecar.ended).toBe(0);
  return { evidence: [...evidence, ...remains(pod, { "init container": init, sidecar })], secrets };
}

describe("the life of a pod in which everything goes wrong", () => {
  test("shows no secret to anybody: not in logs, environment, arguments, errors, health page or metrics", async () => {
    await using app = await startHttpDouble(() => ({ status: 500 }));
    const healthPort = await freePort();
    await using pod = await createAgentPod({
      parts,
      vaultAddress: proxy.address,
      template: '{{ with secret "kv/app" }}{{ .Data.answer }}{{ end }}',
      config: {
        healthPort,
        logLevel: "trace",
        staticSecretIntervalSeconds: 1,
        notify: { kind: "http", method: "POST", url: `${app.address}/`, timeoutSeconds: 1, retries: 1 },
      },
    });
    const { evidence, secrets } = await liveThroughEverything(pod);
    expect(leaks(evidence, secrets)).toEqual([]);
    expect(evidence.length).toBeGreaterThan(20);
    // What does not find a secret that is there would find none anywhere.
    const planted = evidence.map(({ where, text }, index) => ({
      where,
      text: `${text}${secrets[index % secrets.length]?.value}`,
    }));
    expect(new Set(leaks(planted, secrets).map((leak) => leak.slice(leak.indexOf(" in ")))).size).toBe(
      new Set(evidence.map(({ where }) => where)).size,
    );
  });

  test("keeps what it hands over to itself, and its memory out of core dumps", async () => {
    await using pod = await createAgentPod({ parts });
    await pod.init();
    expect(modesOfState(pod)).toEqual({ file: 0o600, directory: 0o700 });
    const sidecar = pod.run();
    await sidecar.until("resumed");
    const filter = await readFile(`/proc/${sidecar.process.pid}/coredump_filter`, "utf8");
    expect(Number.parseInt(filter, 16)).toBe(0);
  });
});

describe("a start that fails", () => {
  /** Runs an init container to its end, and says what it showed. */
  async function failing(pod: AgentPod): Promise<{ run: AgentRun; evidence: readonly Evidence[] }> {
    const run = pod.run("--once");
    const shown = evidenceOf(run, "init container");
    expect(await run.ended).toBe(1);
    return { run, evidence: [...shown, ...remains(pod, { "init container": run })] };
  }

  const LOGINS: readonly (readonly [
    string,
    string,
    (directory: string, secret: string) => Promise<object>,
  ])[] = [
    [
      "approle",
      "a secret id that Vault does not know",
      async (directory, secret) => {
        await parts.root.call("POST", "sys/auth/approle", { body: { type: "approle" } });
        await parts.root.must("POST", "auth/approle/role/app", { token_policies: "app" });
        const role = await parts.root.must("GET", "auth/approle/role/app/role-id");
        await writeFile(join(directory, "role-id"), textAt(role, "data", "role_id"));
        await writeFile(join(directory, "secret-id"), secret);
        return {
          role_id_file_path: join(directory, "role-id"),
          secret_id_file_path: join(directory, "secret-id"),
          remove_secret_id_file_after_reading: "false",
        };
      },
    ],
    [
      "userpass",
      "a password that is wrong",
      async (directory, secret) => {
        await parts.root.call("POST", "sys/auth/userpass", { body: { type: "userpass" } });
        await writeFile(join(directory, "password"), secret);
        return { username: "app", password_file_path: join(directory, "password") };
      },
    ],
    [
      "token_file",
      "a token that Vault does not know",
      async (directory, secret) => {
        await writeFile(join(directory, "vault-token"), secret);
        return { token_file_path: join(directory, "vault-token") };
      },
    ],
    [
      "token_file",
      "a token that no header can carry",
      async (directory, secret) => {
        await writeFile(join(directory, "vault-token"), `${secret}\n${secret}`);
        return { token_file_path: join(directory, "vault-token") };
      },
    ],
    [
      "kubernetes",
      "a service-account token that is none",
      async (directory, secret) => {
        await writeFile(join(directory, "jwt"), secret);
        return { role: "app", token_path: join(directory, "jwt") };
      },
    ],
  ];

  test.each(LOGINS)("over %s with %s says so without showing it", async (type, _what, prepare) => {
    const directory = await mkdtemp(join(tmpdir(), "keycard-login-"));
    try {
      const secret = { name: "credential", value: "hvs.CAESIJ6gQXv8dF3kPz0Lr7mWb2" };
      const config = (await prepare(directory, secret.value)) as Record<string, string>;
      const timing = { minBackoffSeconds: 0.05, maxBackoffSeconds: 0.1 };
      const auth = { type, mountPath: `auth/${type}`, namespace: "", config, ...timing };
      await using pod = await createAgentPod({ parts, config: { auth, startTimeoutSeconds: 5 } });
      const { evidence } = await failing(pod);
      expect(leaks(evidence, [secret])).toEqual([]);
      expect(pod.terminationMessage()).not.toBe("");
    } finally {
      await rm(directory, { recursive: true });
    }
  });

  test.each([
    ["is no number", "{{ .Data.answer | parseInt }}"],
    ["is no JSON", "{{ (.Data.answer | parseJSON).key }}"],
    ["has no such field", "{{ .Data.answer.field }}"],
    ["is no base64", '{{ base64Decode (printf "%s!" .Data.answer) }}'],
    ["is no time", '{{ .Data.answer | toDate "2006" | mustDateModify .Data.answer }}'],
  ])("over a template whose secret %s says so without showing it", async (_what, body) => {
    await using pod = await createAgentPod({
      parts,
      template: `{{ with secret "kv/app" }}${body}{{ end }}`,
      config: { startTimeoutSeconds: 2, logLevel: "trace" },
    });
    const { evidence } = await failing(pod);
    expect(leaks(evidence, [{ name: "answer", value: ANSWER }])).toEqual([]);
  });

  test("over a login that PostgreSQL refuses says so without showing it", async () => {
    const password = "not-what-vault-made-9d1f";
    const creationStatements = [`CREATE ROLE "{{name}}" WITH LOGIN PASSWORD '${password}'`];
    await writeDatabaseRole(parts.root, { name: "refused", creationStatements });
    const config = { startTimeoutSeconds: 2, logLevel: "trace" } as const;
    await using pod = await createAgentPod({ parts, path: "database/creds/refused", config });
    const { evidence } = await failing(pod);
    const state = JSON.parse(await readFile(join(pod.directory, "state", "state.json"), "utf8"));
    const value = String(state.readings[0][1].answer.data.password);
    expect(leaks(evidence, [{ name: "password", value }])).toEqual([]);
    expect(pod.terminationMessage()).toContain("PostgreSQL does not take the new login of postgres-db");
  });
});
