import type { JsonValue } from "../../json.ts";

/** Keys of Vault Agent's `telemetry` stanza, in the order in which the Vault Agent Injector writes them. */
const KEYS = [
  "usage_gauge_period",
  "maximum_gauge_cardinality",
  "disable_hostname",
  "enable_hostname_label",
  "lease_metrics_epsilon",
  "num_lease_metrics_buckets",
  "add_lease_metrics_namespace_labels",
  "filter_default",
  "prefix_filter",
  "statsite_address",
  "statsd_address",
  "circonus_api_token",
  "circonus_api_app",
  "circonus_api_url",
  "circonus_submission_interval",
  "circonus_submission_url",
  "circonus_check_id",
  "circonus_check_force_metric_activation",
  "circonus_check_instance_id",
  "circonus_check_search_tag",
  "circonus_check_display_name",
  "circonus_check_tags",
  "circonus_broker_id",
  "circonus_broker_select_tag",
  "dogstatsd_addr",
  "dogstatsd_tags",
  "prometheus_retention_time",
  "stackdriver_project_id",
  "stackdriver_location",
  "stackdriver_namespace",
  "stackdriver_debug_logs",
];

/**
 * The `telemetry` stanza, or undefined when the pod asks for none. Zero values are left out, as Vault Agent
 * takes a missing key for zero; the one key that is true when missing, `filter_default`, keeps its `false`.
 */
export function telemetryStanza(
  telemetry: ReadonlyMap<string, JsonValue>,
): Record<string, JsonValue> | undefined {
  if (telemetry.size === 0) {
    return undefined;
  }
  const stanza: Record<string, JsonValue> = {};
  for (const key of KEYS) {
    const value = telemetry.get(key);
    if (value !== undefined && (!isZero(value) || (key === "filter_default" && value === false))) {
      stanza[key] = value;
    }
  }
  return stanza;
}

function isZero(value: JsonValue): boolean {
  return (
    value === null ||
    value === false ||
    value === 0 ||
    value === "" ||
    (Array.isArray(value) && value.length === 0)
  );
}
