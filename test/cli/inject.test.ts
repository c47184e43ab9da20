import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough, Readable } from "node:stream";
import jsonPatch from "fast-json-patch";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parseAllDocuments, parseDocument } from "yaml";
import { injectCommand } from "../../src/cli/inject.ts";
import { injectPod } from "../../src/injection/inject.ts";
import type { Pod } from "../../src/injection/pod.ts";
import { injectionSettings } from "../../src/settings/injection.ts";

let directory = "";
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), "keycard-inject-"));
});
afterAll(() => {
  rmSync(directory, { recursive: true });
});

const ENVIRONMENT = { AGENT_INJECT_VAULT_ADDR: "https://vault.example:8200" };

interface Run {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

async function run(args: readonly string[], stdin = "", env: Record<string, string> = {}): Promise<Run> {
  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  const { signal } = new AbortController();
  const io = {
    env: { ...ENVIRONMENT, ...env },
    stdin: Readable.from([Buffer.from(stdin)]),
    stdout,
    stderr,
    signal,
  };
  const code = await injectCommand.run(args, io);
  return { code, stdout: text(stdout), stderr: text(stderr) };
}

function text(stream: PassThrough): string {
  return stream.read()?.toString() ?? "";
}

const TEMPLATE = `metadata:
  annotations:
    vault.hashicorp.com/agent-inject: "true"
    vault.hashicorp.com/role: web
    vault.hashicorp.com/agent-inject-secret-db: secret/db
spec:
  containers:
  - name: app
    image: shop/web:1
`;

function indented(text: string, by: number): string {
  return text.replace(/^(?=.)/gm, " ".repeat(by));
}

function workload(kind: string, apiVersion: string, field = "template"): string {
  const nested = field === "template" ? `  template:\n${indented(TEMPLATE, 4)}` : "";
  const cron = `  jobTemplate:\n    spec:\n      template:\n${indented(TEMPLATE, 8)}`;
  return `apiVersion: ${apiVersion}\nkind: ${kind}\nmetadata:\n  name: web\nspec:\n${nested === "" ? cron : nested}`;
}

const POD = `apiVersion: v1\nkind: Pod\n${TEMPLATE.replace("metadata:\n", "metadata:\n  name: web\n")}`;

describe("every workload that makes pods is looked into", () => {
  it.each([
    ["Pod", "", POD],
    [
      "PodTemplate",
      ".template",
      `apiVersion: v1\nkind: PodTemplate\nmetadata:\n  name: web\ntemplate:\n${indented(TEMPLATE, 2)}`,
    ],
    ["ReplicationController", ".spec.template", workload("ReplicationController", "v1")],
    ["Deployment", ".spec.template", workload("Deployment", "apps/v1")],
    ["ReplicaSet", ".spec.template", workload("ReplicaSet", "apps/v1")],
    ["DaemonSet", ".spec.template", workload("DaemonSet", "apps/v1")],
    ["StatefulSet", ".spec.template", workload("StatefulSet", "apps/v1")],
    ["Job", ".spec.template", workload("Job", "batch/v1")],
    ["CronJob", ".spec.jobTemplate.spec.template", workload("CronJob", "batch/v1", "jobTemplate")],
  ])("%s", async (kind, path, manifest) => {
    const { code, stdout, stderr } = await run([], manifest);
    expect(code).toBe(0);
    expect(stderr).toBe(
      `${kind} web: injected, engine native; init container and sidecar; 1 secret; for app\n`,
    );
    const [document] = parseAllDocuments(stdout);
    const pod = document?.getIn(`${path}.spec.initContainers`.split(".").slice(1));
    expect(JSON.stringify(pod)).toContain('"keycard-init"');
  });

  it("but not a kind of the same name that belongs to somebody else", async () => {
    const manifest = workload("Job", "batch.volcano.sh/v1alpha1");
    const { stdout, stderr } = await run([], manifest);
    expect(stdout).toBe(manifest);
    expect(stderr).toBe("Job web: unchanged, it has no pod\n");
  });

  it("in Lists, however nested", async () => {
    const item = indented(POD, 4).replace("    apiVersion", "  - apiVersion");
    const list = `apiVersion: v1\nkind: List\nitems:\n${item}`;
    const nested = `apiVersion: v1\nkind: List\nitems:\n${indented(list, 4).replace("    apiVersion", "  - apiVersion")}`;
    const { stderr, stdout } = await run([], nested);
    expect(stderr).toContain("Pod web: injected");
    expect(stdout).toContain("keycard-agent");
  });
});

describe("what is not injected passes through, byte for byte", () => {
  const stream = `# first a word
---
apiVersion: v1   # the old one
kind: ConfigMap
metadata: {name: settings}   # flow
data:
    mode: 0644
    text: >-
      folded
      text
--- # a document of nobody
hello: [world,   2]
---
# nothing but this
---
apiVersion: v1
kind: Pod
metadata: {name: plain}
spec: {containers: [{name: a}]}
...
`;

  it("with comments, styles and markers", async () => {
    const { code, stdout, stderr } = await run([], stream);
    expect(code).toBe(0);
    expect(stdout).toBe(stream);
    expect(stderr).toBe(
      "ConfigMap settings: unchanged, it has no pod\nPod plain: unchanged, it does not ask for injection\n",
    );
  });

  it("beside a document that is injected", async () => {
    const { stdout } = await run([], `${stream.replace("...\n", "---\n")}${POD}`);
    expect(stdout.startsWith(stream.replace("...\n", "---\n"))).toBe(true);
    expect(stdout).toContain("keycard-init");
  });

  it("an empty stream stays empty", async () => {
    expect(await run([], "")).toEqual({ code: 0, stdout: "", stderr: "" });
  });
});

describe("an injected YAML document keeps the words of its owner", () => {
  it("comments, numbers, quotes and blank lines", async () => {
    const manifest = `${POD.replace("kind: Pod", "kind: Pod # a pod\n")}    # the port
    ports:
    - containerPort: 8080

    livenessProbe: {tcpSocket: {port: 8080}, periodSeconds: 010}
  volumes:
  - name: own
    secret: {secretName: 'x', defaultMode: 0400}
`;
    const { stdout } = await run([], manifest);
    const lines = new Set(stdout.split("\n"));
    expect(manifest.split("\n").filter((line) => !lines.has(line))).toEqual([]);
  });

  it("and list items stay as deep as they were", async () => {
    const deeper = POD.replace("  - name: app\n    image", "    - name: app\n      image");
    const { stdout } = await run([], deeper);
    expect(stdout).toContain("  containers:\n    - name: app\n      image: shop/web:1\n");
    expect(stdout).toContain("  initContainers:\n    - name: keycard-init\n");
  });

  it("a document with anchors is written out in full", async () => {
    const manifest = POD.replace(
      "    image: shop/web:1\n",
      "    image: &image shop/web:1\n  - name: b\n    image: *image\n",
    );
    const { code, stdout } = await run([], manifest);
    expect(code).toBe(0);
    expect(stdout).not.toMatch(/[&*]\w/);
    expect(stdout.match(/image: shop\/web:1/g)).toHaveLength(2);
  });

  it("a document with anchors holds the same as one without: numbers stay numbers", async () => {
    const written = `${POD}  terminationGracePeriodSeconds: 60\n  nodeName: "1"\n`;
    const anchored = written.replace(
      "    image: shop/web:1\n",
      "    image: &image shop/web:1\n    alias: *image\n",
    );
    const plain = written.replace(
      "    image: shop/web:1\n",
      "    image: shop/web:1\n    alias: shop/web:1\n",
    );
    const [one, other] = [await run([], anchored), await run([], plain)];
    const meaning = ({ stdout }: Run): unknown => parseDocument(stdout, { version: "1.1" }).toJS();
    expect(meaning(one)).toEqual(meaning(other));
  });

  it("a document with anchors keeps its place in a stream", async () => {
    const anchored = POD.replace(
      "    image: shop/web:1\n",
      "    image: &image shop/web:1\n    alias: *image\n",
    );
    for (const stream of [
      `${POD}---\n${anchored}---\nkind: Other\n`,
      `kind: Other\n...\n---\n${anchored}...\n---\n${anchored}`,
      `%YAML 1.1\n---\n${anchored}---\n${anchored}`,
    ]) {
      const { stdout } = await run([], stream);
      const kinds = (text: string) => parseAllDocuments(text).map((document) => document.get("kind"));
      expect(kinds(stdout)).toEqual(kinds(stream));
    }
  });

  it("as well as its place in a stream, and its line ends", async () => {
    const stream = `${POD}# the end of it\n---\n${POD}---\nkind: Other\n`;
    const { stdout } = await run([], stream);
    expect(parseAllDocuments(stdout).map((document) => document.get("kind"))).toEqual([
      "Pod",
      "Pod",
      "Other",
    ]);
    expect(stdout).toContain("# the end of it\n---\napiVersion");
    const windows = await run([], stream.replaceAll("\n", "\r\n"));
    expect(windows.stdout).toBe(stdout.replaceAll("\n", "\r\n"));
  });

  it("a second run changes nothing", async () => {
    const once = await run([], POD);
    const twice = await run([], once.stdout);
    expect(twice).toEqual({
      code: 0,
      stdout: once.stdout,
      stderr: "Pod web: unchanged, it has everything already\n",
    });
  });

  it("the result is what the webhook's own code makes of the same pod", async () => {
    const { stdout } = await run([], POD);
    const pod: Pod = parseAllDocuments(POD)[0]?.toJS();
    const context = {
      namespace: "default",
      namespaceAnnotations: {},
      settings: injectionSettings(ENVIRONMENT),
    };
    const outcome = injectPod(pod, { ...context, tokenIsAddedLater: true });
    expect(outcome.kind).toBe("injected");
    const patch = outcome.kind === "injected" ? [...outcome.patch] : [];
    expect(parseAllDocuments(stdout)[0]?.toJS()).toEqual(jsonPatch.applyPatch(pod, patch).newDocument);
  });
});

describe("JSON stays JSON", () => {
  it.each([
    ["indented by two", 2, "\n"],
    ["indented by a tab", "\t", ""],
    ["on one line", 0, ""],
  ])("%s", async (_, indentation, end) => {
    const pod = parseAllDocuments(POD)[0]?.toJS();
    const { stdout } = await run([], JSON.stringify(pod, null, indentation) + end);
    const value = JSON.parse(stdout);
    expect(value.spec.initContainers).toHaveLength(2);
    expect(stdout).toBe(JSON.stringify(value, null, indentation) + end);
  });

  it("and what is not injected stays as it was written", async () => {
    const odd = '{ "kind":"Service",\n "apiVersion": "v1", "big": 12345678901234567890 }';
    expect((await run([], odd)).stdout).toBe(odd);
  });
});

describe("the command line", () => {
  it("reads a file", async () => {
    const file = join(directory, "pod.yaml");
    writeFileSync(file, POD);
    expect((await run(["-f", file])).stdout).toBe((await run(["-f", "-"], POD)).stdout);
  });

  it("--diff shows what changes and nothing else", async () => {
    const { code, stdout } = await run(["--diff"], POD);
    expect(code).toBe(0);
    expect(stdout).toContain("--- standard input\n+++ standard input (injected)\n@@ -6,7 +6,139 @@\n");
    expect(stdout).toContain("\n+    vault.hashicorp.com/agent-inject-status: injected\n spec:\n");
    expect(stdout).not.toMatch(/^-(?!-- )/m);
    expect((await run(["--diff"], "kind: Service\n")).stdout).toBe("");
  });

  it("-n names the namespace of resources that name none", async () => {
    const { code, stderr } = await run(["-n", "kube-system"], POD);
    expect(code).toBe(1);
    expect(stderr).toBe("Pod web: denied\n  cannot inject into system namespaces: kube-system\n");
    const own = POD.replace("  name: web\n", "  name: web\n  namespace: shop\n");
    expect((await run(["-n", "kube-system"], own)).code).toBe(0);
  });

  it("takes the webhook's settings from the environment", async () => {
    const { stdout } = await run([], POD, {
      KEYCARD_ENGINE: "vault-agent",
      AGENT_INJECT_VAULT_IMAGE: "own/vault:9",
    });
    expect(stdout).toContain("image: own/vault:9");
  });

  it("engine vault-agent counts on the token that the API server adds later", async () => {
    const { stdout } = await run([], POD, { KEYCARD_ENGINE: "vault-agent" });
    const pod: Pod = parseAllDocuments(stdout)[0]?.toJS();
    const [init] = pod.spec.initContainers ?? [];
    expect(init?.volumeMounts?.map(({ name }) => name)).toEqual(["home-init", "vault-secrets"]);
  });

  it("writes nothing when a resource is denied, and says everything that is wrong", async () => {
    const wrong = POD.replace("role: web", 'agent-limits-cpu: "x"');
    const { code, stdout, stderr } = await run([], `${POD}---\n${wrong}`);
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
    expect(stderr).toMatchInlineSnapshot(`
      "Pod web: injected, engine native; init container and sidecar; 1 secret; for app
      Pod web: denied
        vault.hashicorp.com/agent-limits-cpu: expected a quantity such as 250m or 64Mi, got "x"
        vault.hashicorp.com/role: no Vault role to log in with: add it
      "
    `);
  });

  it("names the policy that refuses, as the webhook does", async () => {
    const { stderr } = await run([], POD, { KEYCARD_POLICY_LOCKED_ANNOTATIONS: "role" });
    expect(stderr).toContain(
      "  vault.hashicorp.com/role: is not for pods to set: remove it (policy KEYCARD_POLICY_LOCKED_ANNOTATIONS)\n",
    );
  });

  it.each([
    ["Deployment", "apps/v1", "spec: {template: {spec: {containers: [{name: app}]}}}"],
    ["CronJob", "batch/v1", "spec: {jobTemplate: {spec: {template: {spec: {containers: [{name: app}]}}}}}"],
  ])("tells that annotations of a %s itself reach no pod", async (kind, apiVersion, spec) => {
    const head = `apiVersion: ${apiVersion}\nkind: ${kind}\n`;
    const asking = `${head}metadata: {name: web, annotations: {keycard.dev/inject: "true"}}\n${spec}\n`;
    expect((await run([], asking)).stderr).toBe(
      `${kind} web: unchanged, it does not ask for injection\n` +
        "  warning: keycard.dev/inject on the workload itself is not read: write it into the metadata of its pod template\n",
    );
    const silent = `${head}metadata: {name: web, annotations: {example.com/inject: "true"}}\n${spec}\n`;
    expect((await run([], silent)).stderr).not.toContain("warning");
  });

  it.each([[["--nosuch"]], [["file.yaml"]], [["-f"]]])("%j is wrong usage", async (args) => {
    const { code, stdout, stderr } = await run(args);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toContain('See "keycard inject --help"');
  });

  it("names a file that cannot be read, and the place of a mistake in YAML", async () => {
    await expect(run(["-f", join(directory, "none.yaml")])).rejects.toMatchObject({
      code: "KEYCARD_MANIFEST_INVALID",
      message: expect.stringContaining("none.yaml"),
    });
    await expect(run([], "a: [1\nb: 2")).rejects.toMatchObject({
      code: "KEYCARD_MANIFEST_INVALID",
      message: expect.stringMatching(/standard input is no valid YAML.*line 2/s),
    });
  });
});
