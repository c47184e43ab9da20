import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { request } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { afterAll, describe, expect, it } from "vitest";
import { createAuthority, issueServingCertificate } from "../../src/certs/authority.ts";
import type { Command, CommandIo } from "../../src/cli/command.ts";
import { agentInjectCommand, webhookCommand } from "../../src/cli/webhook.ts";
import { SettingsError } from "../../src/settings/reading.ts";
import { reviewOf } from "./running-server.ts";

const validity = { now: new Date(), lifetimeDays: 1 };
const authority = await createAuthority(validity);
const serving = await issueServingCertificate(authority, { ...validity, hosts: ["127.0.0.1"] });
const folder = await mkdtemp(join(tmpdir(), "keycard-webhook-"));
await writeFile(join(folder, "tls.crt"), serving.certificate);
await writeFile(join(folder, "tls.key"), serving.privateKey);
afterAll(() => rm(folder, { recursive: true }));

const ENV = {
  AGENT_INJECT_LISTEN: "127.0.0.1:0",
  AGENT_INJECT_VAULT_ADDR: "https://vault.vault.svc:8200",
  AGENT_INJECT_TLS_CERT_FILE: join(folder, "tls.crt"),
  AGENT_INJECT_TLS_KEY_FILE: join(folder, "tls.key"),
  KEYCARD_SHUTDOWN_DELAY: "0s",
};

interface Running {
  readonly exit: Promise<number>;
  readonly stop: AbortController;
  /** The first log line that holds a text. */
  line(text: string): Promise<string>;
}

function start(command: Command, args: readonly string[], env: Record<string, string>): Running {
  const stop = new AbortController();
  const stdout = new PassThrough({ encoding: "utf8" });
  const io: CommandIo = {
    env,
    stdin: new PassThrough(),
    stdout,
    stderr: new PassThrough(),
    signal: stop.signal,
  };
  let text = "";
  stdout.on("data", (chunk: string) => {
    text += chunk;
  });
  return {
    exit: command.run(args, io),
    stop,
    async line(wanted) {
      for (;;) {
        const found = text.split("\n").find((line) => line.includes(wanted));
        if (found !== undefined) return found;
        await once(stdout, "data");
      }
    },
  };
}

async function admit(port: number, pod: unknown): Promise<unknown> {
  const sent = request({
    host: "127.0.0.1",
    port,
    path: "/mutate?timeout=10s",
    method: "POST",
    ca: authority.certificate,
    agent: false,
    headers: { "content-type": "application/json" },
  });
  sent.end(JSON.stringify(reviewOf(pod)));
  const [response] = await once(sent, "response");
  let text = "";
  for await (const chunk of response.setEncoding("utf8")) text += chunk;
  return JSON.parse(text);
}

const POD = {
  metadata: {
    generateName: "web-",
    annotations: {
      "vault.hashicorp.com/agent-inject": "true",
      "vault.hashicorp.com/role": "app",
      "vault.hashicorp.com/agent-inject-secret-db": "database/creds/app-role",
    },
  },
  spec: {
    containers: [
      {
        name: "app",
        volumeMounts: [{ name: "token", mountPath: "/var/run/secrets/kubernetes.io/serviceaccount" }],
      },
    ],
    volumes: [{ name: "token", projected: { sources: [{ serviceAccountToken: { path: "token" } }] } }],
  },
};

describe("keycard webhook", () => {
  it("says where it listens, injects, logs, and ends with 0 when told to", async () => {
    const webhook = start(webhookCommand, [], ENV);
    const { address, port } = JSON.parse(await webhook.line('"listening"'));
    expect(address).toBe(`https://127.0.0.1:${port}`);
    expect(await admit(port, POD)).toMatchObject({
      response: { allowed: true, patchType: "JSONPatch", auditAnnotations: { engine: "native" } },
    });
    expect(JSON.parse(await webhook.line('"admission"'))).toMatchObject({
      decision: "injected",
      generateName: "web-",
    });
    webhook.stop.abort();
    expect(await webhook.exit).toBe(0);
    await webhook.line('"stopped"');
  });

  it("refuses a pod with a wrong annotation, by its name", async () => {
    const webhook = start(webhookCommand, [], ENV);
    const { port } = JSON.parse(await webhook.line('"listening"'));
    const annotations = { ...POD.metadata.annotations, "vault.hashicorp.com/agent-run-as-user": "root" };
    expect(await admit(port, { ...POD, metadata: { annotations } })).toMatchObject({
      response: {
        allowed: false,
        status: {
          code: 422,
          reason: "Invalid",
          message: expect.stringContaining("vault.hashicorp.com/agent-run-as-user"),
        },
      },
    });
    webhook.stop.abort();
    expect(await webhook.exit).toBe(0);
  });

  it("serves new certificate files without a restart", async () => {
    const webhook = start(webhookCommand, [], ENV);
    await webhook.line('"listening"');
    const next = await issueServingCertificate(authority, {
      ...validity,
      lifetimeDays: 0.5,
      hosts: ["127.0.0.1"],
    });
    const { validUntil } = JSON.parse(await webhook.line('"serving certificate"'));
    await writeFile(ENV.AGENT_INJECT_TLS_CERT_FILE, next.certificate);
    await writeFile(ENV.AGENT_INJECT_TLS_KEY_FILE, next.privateKey);
    const until = new Date(validity.now.getTime() + 43_200_000).toISOString().slice(0, 18);
    expect(validUntil).not.toContain(until);
    await webhook.line(`"validUntil":"${until}`);
    webhook.stop.abort();
    expect(await webhook.exit).toBe(0);
  });

  it("does not start with wrong settings, and names each", async () => {
    const failing = webhookCommand.run(["-no-such-flag"], {
      env: { ...ENV, AGENT_INJECT_CPU_LIMIT: "lots" },
      stdin: new PassThrough(),
      stdout: new PassThrough(),
      stderr: new PassThrough(),
      signal: AbortSignal.abort(),
    });
    await expect(failing).rejects.toThrow(SettingsError);
    await expect(failing).rejects.toThrow(/-no-such-flag[\s\S]*AGENT_INJECT_CPU_LIMIT/);
  });
});

describe("keycard agent-inject", () => {
  it("starts as the Vault Agent Injector's chart starts it: its engine, plain log lines", async () => {
    const webhook = start(agentInjectCommand, ["2>&1"], ENV);
    const listening = await webhook.line(" listening ");
    const port = Number(/port=(\d+)/.exec(listening)?.[1]);
    expect(await admit(port, POD)).toMatchObject({
      response: { allowed: true, auditAnnotations: { engine: "vault-agent" } },
    });
    webhook.stop.abort();
    expect(await webhook.exit).toBe(0);
  });
});
