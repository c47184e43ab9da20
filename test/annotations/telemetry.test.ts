import { describe, expect, test } from "vitest";
import { TELEMETRY_PARAMETERS } from "../../src/annotations/read-telemetry.ts";
import { complaints, DROP_IN, requestOf, warningsOf } from "./annotated-pod.ts";

const telemetryOf = (parameters: Record<string, string>) => [
  ...requestOf(
    Object.fromEntries(Object.entries(parameters).map(([name, value]) => [`agent-telemetry-${name}`, value])),
    DROP_IN,
  ).telemetry,
];

describe("telemetry", () => {
  test("has the 31 parameters of Vault Agent", () => {
    expect(new Set(TELEMETRY_PARAMETERS).size).toBe(31);
  });

  test("is read as JSON where it is JSON, in the order of the parameters", () => {
    const parameters = {
      "statsd-address": "127.0.0.1:8125",
      "prefix-filter": '["+a", "-b"]',
      "maximum-gauge-cardinality": "3",
      filter_default: "false",
      "circonus-check-id": '"123"',
    };
    expect(telemetryOf(parameters)).toEqual([
      ["circonus_check_id", "123"],
      ["filter_default", false],
      ["maximum_gauge_cardinality", 3],
      ["prefix_filter", ["+a", "-b"]],
      ["statsd_address", "127.0.0.1:8125"],
    ]);
  });

  test.each([
    [
      "circonus_check_id",
      "123",
      'expected a text, got a JSON number: put it in JSON quotes, as in "\\"123\\""',
    ],
    ["disable_hostname", "yes", "expected a boolean, got text"],
    ["maximum_gauge_cardinality", "1.5", "expected a whole number, got a JSON number"],
    ["prefix_filter", "a,b", "expected a list of text, got text"],
    ["prefix_filter", "[1]", "expected a list of text, got a list"],
    ["dogstatsd_tags", "{}", "expected a list of text, got a JSON object"],
  ])("%s: %s is refused where the Vault Agent Injector dropped all of it", (name, value, message) => {
    const rest = { "agent-telemetry-statsd-address": "127.0.0.1:8125" };
    expect(complaints({ ...rest, [`agent-telemetry-${name}`]: value }, DROP_IN)).toEqual([
      `agent-telemetry-${name}: ${message}`,
    ]);
  });

  test("does not repeat a value: it may be a token", () => {
    const [complaint = ""] = complaints({ "agent-telemetry-circonus-api-token": "123456" }, DROP_IN);
    expect(complaint).toContain("expected a text");
    expect(complaint).not.toContain("123456");
  });

  test("names a parameter that there is not", () => {
    expect(warningsOf({ "agent-telemetry-statd-address": "x", "agent-telemetry-zzz": "1" }, DROP_IN)).toEqual(
      [
        "agent-telemetry-statd-address has no effect: telemetry has no such parameter; did you mean statsd_address?",
        "agent-telemetry-zzz has no effect: telemetry has no such parameter",
      ],
    );
  });

  test("takes no parameter twice", () => {
    const twice = { "agent-telemetry-statsd-address": "a", "agent-telemetry-statsd_address": "b" };
    expect(complaints(twice, DROP_IN)).toEqual([expect.stringContaining('sets "statsd_address", as ')]);
  });
});
