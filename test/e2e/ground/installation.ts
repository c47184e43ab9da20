import { mkdtemp, realpath, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, relative, resolve } from "node:path";
import type { Kubectl } from "./kubectl.ts";

const MANIFESTS = resolve(import.meta.dirname, "../../../manifests");

/** The name of everything the manifests make, and of the namespace. */
export const KEYCARD = "keycard";

/** Which of the manifests, and what is different about them. */
export interface Installation {
  /** Reference of the image, with its tag. */
  readonly image: string;
  readonly vaultAddress: string;
  readonly environment?: Readonly<Record<string, string>>;
  readonly replicas?: number;
}

/** Installs Keycard as docs/operations.md says: an overlay on the base, applied. Returns when it serves. */
export async function install(kubectl: Kubectl, installation: Installation): Promise<void> {
  await withOverlay(installation, (directory) => kubectl.run("apply", `--kustomize=${directory}`));
  await serving(kubectl);
}

/** Removes everything that `install` made. Returns when it is gone. */
export async function uninstall(kubectl: Kubectl, installation: Installation): Promise<void> {
  await withOverlay(installation, (directory) =>
    kubectl.run("delete", `--kustomize=${directory}`, "--ignore-not-found", "--timeout=120s"),
  );
}

/** Returns when every replica is ready and the registration trusts their certificate. */
export async function serving(kubectl: Kubectl): Promise<void> {
  const own = kubectl.in(KEYCARD);
  await own.run("rollout", "status", `deployment/${KEYCARD}`, "--timeout=120s");
  await kubectl.until("the registration's caBundle", 60, async () => {
    const registration = await kubectl.get(`mutatingwebhookconfiguration/${KEYCARD}`);
    return Boolean(registration["webhooks"][0].clientConfig.caBundle);
  });
}

async function withOverlay(
  installation: Installation,
  use: (directory: string) => Promise<unknown>,
): Promise<void> {
  const directory = await realpath(await mkdtemp(join(tmpdir(), "keycard-overlay-")));
  try {
    await writeFile(join(directory, "kustomization.yaml"), JSON.stringify(overlay(installation, directory)));
    await use(directory);
  } finally {
    await rm(directory, { recursive: true });
  }
}

function overlay(installation: Installation, directory: string): object {
  const { image, replicas } = installation;
  const environment = { AGENT_INJECT_VAULT_ADDR: installation.vaultAddress, ...installation.environment };
  const colon = image.lastIndexOf(":");
  const container = "spec.template.spec.containers.[name=webhook]";
  return {
    apiVersion: "kustomize.config.k8s.io/v1beta1",
    kind: "Kustomization",
    resources: [relative(directory, join(MANIFESTS, "base"))],
    images: [{ name: "keycard.dev/keycard", newName: image.slice(0, colon), newTag: image.slice(colon + 1) }],
    ...(replicas === undefined ? {} : { replicas: [{ name: KEYCARD, count: replicas }] }),
    patches: [
      {
        target: { kind: "Deployment", name: KEYCARD },
        patch: JSON.stringify({
          apiVersion: "apps/v1",
          kind: "Deployment",
          metadata: { name: KEYCARD },
          spec: {
            template: {
              spec: {
                containers: [
                  {
                    name: "webhook",
                    env: Object.entries(environment).map(([name, value]) => ({ name, value })),
                  },
                ],
              },
            },
          },
        }),
      },
    ],
    replacements: [
      {
        source: { kind: "Deployment", name: KEYCARD, fieldPath: `${container}.image` },
        targets: [
          {
            select: { kind: "Deployment", name: KEYCARD },
            fieldPaths: [`${container}.env.[name=KEYCARD_IMAGE].value`],
          },
        ],
      },
    ],
  };
}
