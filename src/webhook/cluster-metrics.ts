import { Counter, Gauge, type Registry } from "prom-client";

/** Parts of the webhook that can have problems it lives on with. */
export type ProblemPart = "certificates" | "election" | "namespaces" | "version";

/** What the parts beside admissions tell: certificates, election, Namespaces. */
export interface ClusterMetrics {
  readonly rotationStep: (step: string) => void;
  readonly registrationPatched: () => void;
  readonly problem: (part: ProblemPart) => void;
}

/** The values that are asked for when somebody scrapes. */
export interface ClusterGauges {
  readonly certificateValidUntil: () => Date | undefined;
  readonly isLeader: () => boolean;
  /** Undefined: Namespaces are not watched. */
  readonly areNamespacesCurrent: (() => boolean) | undefined;
}

/** Registers the metrics of certificates, election and Namespaces. */
export function clusterMetrics(registry: Registry, gauges: ClusterGauges): ClusterMetrics {
  const registers = [registry];
  registerGauges(registry, gauges);
  const steps = new Counter({
    name: "keycard_certificate_steps_total",
    help: "Steps taken with our own authority: create, announce, switch, renew, forget.",
    labelNames: ["step"],
    registers,
  });
  const patches = new Counter({
    name: "keycard_registration_patches_total",
    help: "Patches of the webhook registration's caBundles.",
    registers,
  });
  const problems = new Counter({
    name: "keycard_problems_total",
    help: "Problems logged, by part: certificates, election, namespaces, version.",
    labelNames: ["part"],
    registers,
  });
  return {
    rotationStep: (step) => steps.inc({ step }),
    registrationPatched: () => patches.inc(),
    problem: (part) => problems.inc({ part }),
  };
}

function registerGauges(registry: Registry, gauges: ClusterGauges): void {
  const registers = [registry];
  new Gauge({
    name: "keycard_certificate_expiry_timestamp_seconds",
    help: "End of the serving certificate, in seconds since 1970; 0 while there is none.",
    registers,
    collect() {
      this.set((gauges.certificateValidUntil()?.getTime() ?? 0) / 1000);
    },
  });
  new Gauge({
    name: "keycard_leader",
    help: "1 on the replica that renews certificates and patches the registration.",
    registers,
    collect() {
      this.set(gauges.isLeader() ? 1 : 0);
    },
  });
  const { areNamespacesCurrent } = gauges;
  if (!areNamespacesCurrent) return;
  new Gauge({
    name: "keycard_namespaces_current",
    help: "1 while the annotations of Namespaces are kept current.",
    registers,
    collect() {
      this.set(areNamespacesCurrent() ? 1 : 0);
    },
  });
}
