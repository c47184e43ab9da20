import { inject } from "vitest";
import { hostCluster } from "../../../scripts/cluster/host-cluster.ts";
import { kindCluster } from "../../../scripts/cluster/kind-cluster.ts";
import type { TestCluster } from "../../../scripts/cluster/test-cluster.ts";
import { type Kubectl, kubectlFor } from "./kubectl.ts";

/** What the suite's set-up hands to every test file. */
export interface GroundContext {
  readonly kind: boolean;
  readonly kubeconfig: string;
  readonly kubectl: string;
  /** Where pods reach servers on this host. */
  readonly hostAddress: string;
  readonly vaultBinary: string;
  /** Reference of Keycard's image as imported. */
  readonly image: string;
  /** Below it a failing test leaves what the cluster knew. */
  readonly reports: string;
}

declare module "vitest" {
  interface ProvidedContext {
    readonly ground: GroundContext;
  }
}

export function groundContext(): GroundContext {
  return inject("ground");
}

/** kubectl in a namespace, or in none in particular. */
export function kubectl(namespace?: string): Kubectl {
  const { kubectl: program, kubeconfig } = groundContext();
  return kubectlFor(program, kubeconfig, namespace);
}

/** The cluster itself, for tests that do it harm. */
export async function cluster(): Promise<TestCluster> {
  return groundContext().kind ? kindCluster(process.env) : await hostCluster(process.env);
}
