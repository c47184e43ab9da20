/**
 * `npm run bench:ready`: from sending a pod to the API server until it is Ready, on a real cluster: without
 * injection, with each engine, and with the Vault Agent Injector itself where `KEYCARD_VAULT_K8S_BIN` names its
 * program. All take turns, at random distances, for kubelet looks after its containers once a second. Prints
 * medians and means, and what each adds to the pod without injection.
 */
import { randomInt } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { CoreV1Api, KubeConfig, type V1Pod, Watch } from "@kubernetes/client-node";
import { expect, it } from "vitest";
import { writeOciArchive } from "../../scripts/image/oci-archive.ts";
import { cluster, groundContext, kubectl } from "../e2e/ground/context.ts";
import { INJECTOR_REGISTRATION, injectorObjects } from "../e2e/ground/injector-objects.ts";
import { KEYCARD } from "../e2e/ground/installation.ts";
import { databaseAnnotations, IDLE, namespace, pod, serviceAccount } from "../e2e/ground/pods.ts";
import { type Secrets, startSecrets } from "../e2e/ground/secrets.ts";
import { TEST_IMAGES } from "../e2e/ground/test-images.ts";

const NAMESPACE = "bench-ready";
const INJECTOR_NAMESPACE = "bench-vault";
const INJECTOR_IMAGE = "keycard.local/vault-k8s:1";
const ROUNDS = Number(process.env["KEYCARD_BENCH_ROUNDS"] ?? 30);

/** The variant that Keycard keeps off, by a label of its pods. */
const INJECTOR = "Vault Agent Injector";
const LABEL = "bench-ready";

type Annotations = Readonly<Record<string, string>>;

it("tells how long pods take to be Ready", async () => {
  await kubectl().mustApply(namespace(NAMESPACE), namespace(INJECTOR_NAMESPACE));
  await kubectl(NAMESPACE).mustApply(serviceAccount());
  const secrets = await startSecrets(NAMESPACE);
  const injector = process.env["KEYCARD_VAULT_K8S_BIN"];
  try {
    if (injector) await installInjector(injector, secrets);
    const samples = await measureInTurns(variants(secrets, injector !== undefined));
    report(samples);
    expect([...samples.values()].every((taken) => taken.length === ROUNDS)).toBe(true);
  } finally {
    const leftovers = `mutatingwebhookconfiguration/${INJECTOR_REGISTRATION}`;
    await kubectl().attempt(["delete", leftovers, "--ignore-not-found"]);
    await kubectl().attempt(["delete", "clusterrole,clusterrolebinding", "vault-injector"]);
    await kubectl().run("delete", "namespace", NAMESPACE, INJECTOR_NAMESPACE, "--wait=true");
    await secrets[Symbol.asyncDispose]();
  }
});

/** The same login under every one of them, as its users would ask for it. */
function variants({ vault, databaseUrl }: Secrets, injector: boolean): ReadonlyMap<string, Annotations> {
  const template = {
    "vault.hashicorp.com/agent-inject": "true",
    "vault.hashicorp.com/role": "app",
    "vault.hashicorp.com/service": vault.address,
    "vault.hashicorp.com/agent-inject-secret-db": "database/creds/app-role",
  };
  const engine = {
    "keycard.dev/engine": "vault-agent",
    "vault.hashicorp.com/agent-image": TEST_IMAGES.vault,
  };
  return new Map<string, Annotations>([
    ["no injection", {}],
    ["native, PostgreSQL files", databaseAnnotations(vault.address, databaseUrl)],
    ["native, a template", template],
    [
      "native, PostgreSQL files, the sidecar alone",
      databaseAnnotations(vault.address, databaseUrl, { "keycard.dev/init-container": "false" }),
    ],
    ["engine vault-agent", { ...template, ...engine }],
    ...(injector ? ([[INJECTOR, template]] as const) : []),
  ]);
}

/** The real one, as its chart deploys it; it and Keycard each get their own pods. */
async function installInjector(program: string, { vault }: Secrets): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), "keycard-injector-"));
  try {
    const file = join(directory, "injector.tar");
    const entry = { kind: "copy", path: "vault-k8s", from: program, mode: 0o755 } as const;
    await writeOciArchive(
      file,
      {
        name: INJECTOR_IMAGE,
        layers: [{ comment: "vault-k8s", entries: [entry] }],
        config: { architecture: "amd64", entrypoint: ["/vault-k8s"], command: [], user: "65534:65534" },
      },
      { compression: 1 },
    );
    await (await cluster()).importImage(file);
  } finally {
    await rm(directory, { recursive: true });
  }
  await kubectl().mustApply(
    ...injectorObjects({
      namespace: INJECTOR_NAMESPACE,
      image: INJECTOR_IMAGE,
      vaultAddress: vault.address,
      vaultImage: TEST_IMAGES.vault,
    }),
  );
  await kubectl(INJECTOR_NAMESPACE).run("rollout", "status", "deployment/vault-injector", "--timeout=90s");
  await select(KEYCARD, "NotIn");
  await select(INJECTOR_REGISTRATION, "In");
}

/** Has a registration take pods with the injector's label only, or all others. */
async function select(registration: string, operator: "In" | "NotIn"): Promise<void> {
  const objectSelector = { matchExpressions: [{ key: LABEL, operator, values: ["injector"] }] };
  await kubectl().run(
    "patch",
    `mutatingwebhookconfiguration/${registration}`,
    "--type=json",
    `--patch=${JSON.stringify([{ op: "add", path: "/webhooks/0/objectSelector", value: objectSelector }])}`,
  );
}

/** Seconds until Ready, of each variant. */
async function measureInTurns(
  annotations: ReadonlyMap<string, Annotations>,
): Promise<ReadonlyMap<string, readonly number[]>> {
  const config = new KubeConfig();
  config.loadFromFile(groundContext().kubeconfig);
  const api = config.makeApiClient(CoreV1Api);
  const samples = new Map([...annotations.keys()].map((name) => [name, [] as number[]]));
  const injected = new Map<string, string>();
  await using pods = await watchReady(config);
  for (let round = 0; round <= ROUNDS; round++) {
    for (const [index, [name, written]] of [...annotations].entries()) {
      await delay(500 + randomInt(1000));
      const podName = `pod-${index}-${round}`;
      const ready = pods.ready(podName);
      const start = performance.now();
      const labels = { [LABEL]: name === INJECTOR ? "injector" : "other" };
      const body = pod(podName, { annotations: written, labels, script: IDLE });
      const created = await api.createNamespacedPod({ namespace: NAMESPACE, body: body as V1Pod });
      injected.set(
        name,
        created.spec?.initContainers?.map((container) => container.name).join(" and ") ?? "none",
      );
      await ready;
      // The first round finds images not yet unpacked.
      if (round > 0) samples.get(name)?.push((performance.now() - start) / 1000);
      await api.deleteNamespacedPod({ namespace: NAMESPACE, name: podName, gracePeriodSeconds: 5 });
    }
  }
  for (const [name, containers] of injected) console.log(`${name}: init containers ${containers}`);
  return samples;
}

interface ReadyPods extends AsyncDisposable {
  ready(name: string): Promise<void>;
}

async function watchReady(config: KubeConfig): Promise<ReadyPods> {
  const waiting = new Map<string, () => void>();
  const request = await new Watch(config).watch(
    `/api/v1/namespaces/${NAMESPACE}/pods`,
    {},
    (_type, { metadata, status }: V1Pod) => {
      const isReady = status?.conditions?.some(({ type, status: is }) => type === "Ready" && is === "True");
      if (isReady) waiting.get(metadata?.name ?? "")?.();
    },
    () => undefined,
  );
  return {
    ready: (name) => new Promise((resolve) => waiting.set(name, resolve)),
    async [Symbol.asyncDispose]() {
      request.abort();
    },
  };
}

function report(samples: ReadonlyMap<string, readonly number[]>): void {
  const [without = []] = samples.values();
  console.log(`${ROUNDS} pods each; load average ${loadavg()[0]?.toFixed(1)}; seconds`);
  for (const [name, taken] of samples) {
    const over = (of: (values: readonly number[]) => number): string =>
      `${of(taken).toFixed(2)} (+${(of(taken) - of(without)).toFixed(2)})`;
    console.log(
      `  ${name.padEnd(26)} median ${over(median)}, mean ${over(mean)}, ${Math.min(...taken).toFixed(2)} to ${Math.max(...taken).toFixed(2)}`,
    );
  }
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
