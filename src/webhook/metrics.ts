import {
  Counter,
  type CounterConfiguration,
  collectDefaultMetrics,
  Gauge,
  Histogram,
  type HistogramConfiguration,
  Registry,
} from "prom-client";
import type { Admission } from "./admission.ts";

/** Namespaces told apart in metrics; those that come later are counted together. */
const MOST_NAMESPACES = 1000;

/** What the server tells its metrics. */
export interface AdmissionMetrics {
  /** A request entered the handler. */
  started(): void;
  /** A request left the handler, with or without an admission. */
  finished(seconds: number, admission: Admission | undefined): void;
  /** A request was refused before there was an admission. */
  fault(statusCode: number): void;
}

/** The metrics of admissions; `dropIn` adds the Vault Agent Injector's under their own names. */
export function admissionMetrics(registry: Registry, dropIn: boolean): AdmissionMetrics {
  let inFlight = 0;
  const own = ownMetrics(registry, () => inFlight);
  const injector = dropIn ? injectorMetrics(registry, () => inFlight) : undefined;
  const namespaces = new Set<string>();
  const labelFor = (namespace: string): string => {
    if (namespaces.size < MOST_NAMESPACES) namespaces.add(namespace);
    return namespaces.has(namespace) ? namespace : "_other";
  };
  return {
    started() {
      inFlight++;
    },
    finished(seconds, admission) {
      inFlight--;
      own.duration(seconds);
      injector?.duration(Math.floor(seconds * 1000));
      if (!admission) return;
      const { outcome } = admission;
      own.admissions({ decision: outcome.kind });
      if (outcome.kind === "skipped") {
        own.skips({ reason: outcome.reason });
        return;
      }
      const namespace = labelFor(admission.review.namespace);
      if (outcome.kind === "injected") {
        const { engine, mode } = outcome.summary;
        own.injections({ namespace, engine, mode });
        if (mode !== "none") injector?.injections({ namespace, injection_type: mode });
      } else {
        own.denials({ namespace, reason: denialReason(outcome) });
        injector?.failures({ namespace });
      }
    },
    fault(statusCode) {
      own.faults({ code: String(statusCode) });
    },
  };
}

function denialReason(outcome: Exclude<Admission["outcome"], { kind: "skipped" | "injected" }>): string {
  if (outcome.kind === "failed") return "defect";
  return outcome.problems.some((problem) => problem.policy !== undefined) ? "policy" : "annotation";
}

function ownMetrics(registry: Registry, inFlight: () => number) {
  const registers = [registry];
  inFlightGauge("keycard_admission_in_flight", registry, inFlight);
  return {
    duration: histogram({
      name: "keycard_admission_duration_seconds",
      help: "Time from the complete request to its answer.",
      buckets: [0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5],
      registers,
    }),
    admissions: counter({
      name: "keycard_admissions_total",
      help: "Admission reviews answered, by decision: injected, skipped, denied, failed.",
      labelNames: ["decision"],
      registers,
    }),
    skips: counter({
      name: "keycard_skips_total",
      help: "Pods left alone, by reason.",
      labelNames: ["reason"],
      registers,
    }),
    injections: counter({
      name: "keycard_injections_total",
      help: "Pods injected.",
      labelNames: ["namespace", "engine", "mode"],
      registers,
    }),
    denials: counter({
      name: "keycard_denials_total",
      help: "Pods refused, by reason: annotation, policy, defect.",
      labelNames: ["namespace", "reason"],
      registers,
    }),
    faults: counter({
      name: "keycard_request_faults_total",
      help: "Requests refused before there was an admission, by HTTP status.",
      labelNames: ["code"],
      registers,
    }),
  };
}

/** The Vault Agent Injector's four metrics: names, labels and buckets as its dashboards know them. */
function injectorMetrics(registry: Registry, inFlight: () => number) {
  const registers = [registry];
  inFlightGauge("vault_agent_injector_request_queue_length", registry, inFlight);
  return {
    duration: histogram({
      name: "vault_agent_injector_request_processing_duration_ms",
      help: "Time of a request in whole milliseconds.",
      buckets: [5, 10, 25, 50, 75, 100, 250, 500, 1000, 2500, 5000, 7500, 10_000],
      registers,
    }),
    injections: counter({
      name: "vault_agent_injector_injections_by_namespace_total",
      help: "Pods injected.",
      labelNames: ["namespace", "injection_type"],
      registers,
    }),
    failures: counter({
      name: "vault_agent_injector_failed_injections_by_namespace_total",
      help: "Pods refused.",
      labelNames: ["namespace"],
      registers,
    }),
  };
}

type Labels<Label extends string> = Readonly<Record<Label, string>>;

/**
 * A counter that is told at a scrape. Prometheus' client finds the place of labels anew each time: together with its
 * histogram that cost 10 us of CPU an admission.
 */
function counter<Label extends string>(
  configuration: CounterConfiguration<Label>,
): (labels: Labels<Label>) => void {
  const { labelNames = [] } = configuration;
  const counts = new Map<string, { readonly labels: Labels<Label>; count: number }>();
  new Counter({
    ...configuration,
    collect() {
      for (const entry of counts.values()) {
        if (entry.count > 0) this.inc(entry.labels, entry.count);
        entry.count = 0;
      }
    },
  });
  return (labels) => {
    let key = "";
    for (const name of labelNames) key += `${labels[name]}\0`;
    const entry = counts.get(key);
    if (entry === undefined) counts.set(key, { labels, count: 1 });
    else entry.count++;
  };
}

/** Measurements that wait for a scrape, at most. */
const MOST_WAITING = 128;

/** A histogram that is told of many measurements at once, or at a scrape. */
function histogram(configuration: HistogramConfiguration<never>): (value: number) => void {
  const waiting = new Float64Array(MOST_WAITING);
  let count = 0;
  const metric = new Histogram({ ...configuration, collect: () => tell() });
  const tell = (): void => {
    for (const value of waiting.subarray(0, count)) metric.observe(value);
    count = 0;
  };
  return (value) => {
    waiting[count++] = value;
    if (count === MOST_WAITING) tell();
  };
}

/** Counted here and asked for at a scrape: cheaper than a gauge that is set twice a request. */
function inFlightGauge(name: string, registry: Registry, inFlight: () => number): void {
  new Gauge({
    name,
    help: "Admission requests being handled.",
    registers: [registry],
    collect() {
      this.set(inFlight());
    },
  });
}

/** A registry with the process's own metrics and the build's version in it. */
export function processRegistry(version: string): Registry {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  new Gauge({
    name: "keycard_build_info",
    help: "1, with the version as label.",
    labelNames: ["version"],
    registers: [registry],
  }).set({ version }, 1);
  return registry;
}
