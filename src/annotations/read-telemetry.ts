import type { JsonValue } from "../json.ts";
import { printableKey } from "./printable.ts";
import { parseJson } from "./read-json-patch.ts";
import { parametersOf } from "./read-vault.ts";
import { type Reading, reject } from "./reading.ts";
import { nearest } from "./suggest.ts";
import type { Written } from "./written.ts";

type ParameterType = "text" | "whole number" | "boolean" | "list of text";

/** The parameters of Vault Agent's `telemetry` stanza; all that are not listed with a type are text. */
const PARAMETERS: ReadonlyMap<string, ParameterType> = new Map<string, ParameterType>([
  ["usage_gauge_period", "text"],
  ["maximum_gauge_cardinality", "whole number"],
  ["disable_hostname", "boolean"],
  ["enable_hostname_label", "boolean"],
  ["lease_metrics_epsilon", "text"],
  ["num_lease_metrics_buckets", "whole number"],
  ["add_lease_metrics_namespace_labels", "boolean"],
  ["filter_default", "boolean"],
  ["prefix_filter", "list of text"],
  ["statsite_address", "text"],
  ["statsd_address", "text"],
  ["circonus_api_token", "text"],
  ["circonus_api_app", "text"],
  ["circonus_api_url", "text"],
  ["circonus_submission_interval", "text"],
  ["circonus_submission_url", "text"],
  ["circonus_check_id", "text"],
  ["circonus_check_force_metric_activation", "boolean"],
  ["circonus_check_instance_id", "text"],
  ["circonus_check_search_tag", "text"],
  ["circonus_check_display_name", "text"],
  ["circonus_check_tags", "text"],
  ["circonus_broker_id", "text"],
  ["circonus_broker_select_tag", "text"],
  ["dogstatsd_addr", "text"],
  ["dogstatsd_tags", "list of text"],
  ["prometheus_retention_time", "text"],
  ["stackdriver_project_id", "text"],
  ["stackdriver_location", "text"],
  ["stackdriver_namespace", "text"],
  ["stackdriver_debug_logs", "boolean"],
]);

/** Names of the parameters that there are. */
export const TELEMETRY_PARAMETERS: readonly string[] = [...PARAMETERS.keys()];

/**
 * The agent's telemetry, sorted by parameter. A value is JSON, or else text. Parameters that there are not
 * are kept, with a warning: it is the engine that writes only those it knows. Values are not repeated in
 * messages: one of the parameters is an API token.
 */
export function readTelemetry(reading: Reading): ReadonlyMap<string, JsonValue> {
  const telemetry = new Map<string, JsonValue>();
  for (const [parameter, written] of parametersOf(reading, "agent-telemetry")) {
    const type = PARAMETERS.get(parameter);
    const value = parseJson(written.value) ?? (written.value === "null" ? null : written.value);
    if (type === undefined) warnOfParameter(reading, parameter, written);
    else if (value !== null && !isOfType(value, type)) {
      const quoting = type === "text" ? `: put it in JSON quotes, as in "\\"123\\""` : "";
      reject(reading, written, `expected a ${type}, got ${kindOf(value)}${quoting}`);
    }
    telemetry.set(parameter, value);
  }
  return telemetry;
}

function warnOfParameter({ findings }: Reading, parameter: string, written: Written): void {
  const meant = findings.isFull ? undefined : nearest(parameter, TELEMETRY_PARAMETERS);
  const hint = meant === undefined ? "" : `; did you mean ${meant}?`;
  findings.warn(`${printableKey(written.key)} has no effect: telemetry has no such parameter${hint}`);
}

function isOfType(value: JsonValue, type: ParameterType): boolean {
  switch (type) {
    case "text":
      return typeof value === "string";
    case "whole number":
      return Number.isSafeInteger(value);
    case "boolean":
      return typeof value === "boolean";
    case "list of text":
      return Array.isArray(value) && value.every((entry) => typeof entry === "string");
  }
}

function kindOf(value: JsonValue): string {
  if (Array.isArray(value)) return "a list";
  return typeof value === "string" ? "text" : `a JSON ${typeof value}`;
}
