import { setTimeout as delay } from "node:timers/promises";
import { type RunResult, run, tryRun } from "../../../scripts/cluster/run.ts";

/** A Kubernetes object as JSON; tests know which fields theirs have. */
export interface KubernetesObject {
  readonly apiVersion?: string;
  readonly kind?: string;
  readonly metadata?: ObjectMeta;
  // biome-ignore lint/suspicious/noExplicitAny: the shape is the API's, and a test that errs about it fails.
  readonly [field: string]: any;
}

export interface ObjectMeta {
  readonly name?: string;
  readonly namespace?: string;
  readonly uid?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
}

/** kubectl on the test cluster, as an administrator, in one namespace or in whichever an object names. */
export interface Kubectl {
  /** @throws ClusterError when it fails. */
  run(...args: readonly string[]): Promise<string>;
  /** Whatever comes of it. */
  attempt(args: readonly string[], input?: string): Promise<RunResult>;
  /** `kubectl apply`; gives what a person would see on standard output and error. */
  apply(...objects: readonly KubernetesObject[]): Promise<RunResult>;
  /** As `apply`, and @throws ClusterError when it is refused. */
  mustApply(...objects: readonly KubernetesObject[]): Promise<void>;
  get(resource: string): Promise<KubernetesObject>;
  list(resource: string, selector?: string): Promise<readonly KubernetesObject[]>;
  /** Asks until the answer is what a test waits for. @throws Error with the last state after the time. */
  until<T>(what: string, seconds: number, probe: () => Promise<T | false | undefined>): Promise<T>;
  in(namespace: string): Kubectl;
}

export function kubectlFor(program: string, kubeconfig: string, namespace?: string): Kubectl {
  const base = [`--kubeconfig=${kubeconfig}`, ...(namespace ? [`--namespace=${namespace}`] : [])];
  const attempt = (args: readonly string[], input?: string): Promise<RunResult> =>
    tryRun(program, [...base, ...args], input === undefined ? {} : { input });
  const apply = (...objects: readonly KubernetesObject[]): Promise<RunResult> =>
    attempt(["apply", "--filename=-"], JSON.stringify({ apiVersion: "v1", kind: "List", items: objects }));
  const must = (...args: readonly string[]): Promise<string> => run(program, [...base, ...args]);
  return {
    run: must,
    attempt,
    apply,
    async mustApply(...objects) {
      const { code, stderr } = await apply(...objects);
      if (code !== 0) throw new Error(`kubectl apply was refused: ${stderr}`);
    },
    async get(resource) {
      return JSON.parse(await must("get", resource, "--output=json")) as KubernetesObject;
    },
    async list(resource, selector) {
      const args = ["get", resource, "--output=json", ...(selector ? [`--selector=${selector}`] : [])];
      return (JSON.parse(await must(...args)) as { readonly items: readonly KubernetesObject[] }).items;
    },
    async until(what, seconds, probe) {
      let last: unknown = "nothing yet";
      for (const deadline = Date.now() + seconds * 1000; Date.now() < deadline; await delay(250)) {
        try {
          const answer = await probe();
          if (answer !== false && answer !== undefined) return answer;
        } catch (error) {
          last = error;
        }
      }
      throw new Error(`Waited ${seconds} s for ${what}.`, { cause: last });
    },
    in: (other) => kubectlFor(program, kubeconfig, other),
  };
}
