import {
  currentSession,
  endOfReading,
  isSessionUsable,
  isUsable,
  type LeaseSettings,
  type MachineState,
} from "../leases/index.ts";

/** Upper bounds in seconds, as Prometheus histograms have them. */
const BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

interface Histogram {
  readonly buckets: number[];
  sum: number;
  count: number;
}

/** The agent's own numbers, in Prometheus' text format. */
export interface Metrics {
  count(name: CounterName, labels?: Labels): void;
  observeVault(seconds: number): void;
  /** @param nowSeconds since 1970. */
  succeeded(nowSeconds: number): void;
  /** The whole page. */
  page(secrets: readonly SecretGauge[]): string;
}

type Labels = Readonly<Record<string, string>>;

/** One secret at this moment. */
export interface SecretGauge {
  readonly secret: string;
  /** undefined: it has no end. */
  readonly expirySeconds: number | undefined;
  readonly usable: boolean;
}

/** What is published, at this moment. */
export function gaugesOf(state: MachineState, { publishesToken }: LeaseSettings): readonly SecretGauge[] {
  const gauge = (secret: string, usable: boolean, end: number | null): SecretGauge => ({
    secret,
    usable,
    expirySeconds: end === null ? undefined : Math.max(0, (end - state.time.leaseMs) / 1000),
  });
  const gauges = state.slots.map(({ key, published }) =>
    gauge(key, isUsable(state, published), published ? endOfReading(state, published) : null),
  );
  if (!publishesToken) return gauges;
  const session = currentSession(state);
  const usable = state.publishing.once && isSessionUsable(state, session);
  return [...gauges, gauge("token", usable, session?.expiresAtMs ?? null)];
}

const COUNTERS = {
  logins: "Logins to Vault.",
  renewals: "Leases and tokens renewed.",
  rotations: "New credentials published in place of old ones.",
  publications: "Times that files were changed.",
  notifications: "Times that the app was told of a change, by result.",
  revocations: "Leases and tokens revoked.",
  failures: "Failures, by operation and reason.",
} as const;

export type CounterName = keyof typeof COUNTERS;

function escapeLabel(text: string): string {
  return text.replace(/[\\"\n]/g, (character) => (character === "\n" ? "\\n" : `\\${character}`));
}

function labelled(labels: Labels): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${escapeLabel(value)}"`);
  return pairs.length === 0 ? "" : `{${pairs.join(",")}}`;
}

function head(name: string, type: string, help: string): string {
  return `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n`;
}

function gauges(secrets: readonly SecretGauge[]): string {
  const expiry = secrets.flatMap(({ secret, expirySeconds }) =>
    expirySeconds === undefined
      ? []
      : [`keycard_agent_secret_expiry_seconds${labelled({ secret })} ${expirySeconds.toFixed(3)}\n`],
  );
  const usable = secrets.map(
    ({ secret, usable: isUsable }) =>
      `keycard_agent_secret_usable${labelled({ secret })} ${isUsable ? 1 : 0}\n`,
  );
  return [
    head("keycard_agent_secret_expiry_seconds", "gauge", "Seconds until the published secret ends."),
    ...expiry,
    head("keycard_agent_secret_usable", "gauge", "Whether the published secret can be expected to work."),
    ...usable,
  ].join("");
}

function histogramLines(name: string, { buckets, sum, count }: Histogram): string {
  const lines = BUCKETS.map((bound, index) => `${name}_bucket{le="${bound}"} ${buckets[index] ?? 0}\n`);
  return `${lines.join("")}${name}_bucket{le="+Inf"} ${count}\n${name}_sum ${sum.toFixed(6)}\n${name}_count ${count}\n`;
}

export function createMetrics(): Metrics {
  const counters = new Map<CounterName, Map<string, number>>();
  const vault: Histogram = { buckets: BUCKETS.map(() => 0), sum: 0, count: 0 };
  let lastSuccess = 0;
  return {
    count(name, labels = {}) {
      const series = counters.get(name) ?? new Map<string, number>();
      const key = labelled(labels);
      counters.set(name, series.set(key, (series.get(key) ?? 0) + 1));
    },
    observeVault(seconds) {
      vault.sum += seconds;
      vault.count++;
      BUCKETS.forEach((bound, index) => {
        if (seconds <= bound) vault.buckets[index] = (vault.buckets[index] ?? 0) + 1;
      });
    },
    succeeded(nowSeconds) {
      lastSuccess = nowSeconds;
    },
    page(secrets) {
      const counts = Object.entries(COUNTERS).map(([name, help]) => {
        const full = `keycard_agent_${name}_total`;
        const series = counters.get(name as CounterName) ?? new Map([["", 0]]);
        return head(full, "counter", help) + [...series].map(([key, n]) => `${full}${key} ${n}\n`).join("");
      });
      const success = "keycard_agent_last_success_timestamp_seconds";
      const request = "keycard_agent_vault_request_duration_seconds";
      return [
        gauges(secrets),
        ...counts,
        head(success, "gauge", "When Vault last did what it was asked, in seconds since 1970."),
        `${success} ${lastSuccess.toFixed(3)}\n`,
        head(request, "histogram", "How long Vault took to answer."),
        histogramLines(request, vault),
      ].join("");
    },
  };
}
