import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseQuantity } from "../../src/annotations/quantity.ts";

/** What k8s.io/apimachinery v0.37.2 makes of each when it parses it and writes it back as JSON. */
const WRITTEN_BACK: readonly (readonly [string, string])[] = [
  ["0", "0"],
  ["-0", "0"],
  ["0m", "0"],
  ["0Ki", "0"],
  ["1000m", "1"],
  ["1500m", "1500m"],
  ["500m", "500m"],
  ["0.5", "500m"],
  [".5", "500m"],
  ["5.", "5."],
  ["3.000", "3"],
  ["0.0001", "100u"],
  ["1n", "1n"],
  ["0.1n", "1n"],
  ["1.234567891234", "1234567892n"],
  ["1000000", "1M"],
  ["1024", "1024"],
  ["+5", "+5"],
  ["-5", "-5"],
  ["00100m", "00100m"],
  ["12345678901234567890", "12345678901234567890"],
  ["9223372036854775808", "9223372036854775808"],
  ["1k", "1k"],
  ["1E", "1E"],
  ["1e3", "1e3"],
  ["1E3", "1E3"],
  ["12e5", "1200e3"],
  ["1e6", "1e6"],
  ["1e100", "10e99"],
  ["1e003", "1e003"],
  ["5e-100", "1e-9"],
  ["64Mi", "64Mi"],
  ["128Mi", "128Mi"],
  ["1024Mi", "1Gi"],
  ["2048Ki", "2Mi"],
  ["100000Mi", "100000Mi"],
  ["0.5Mi", "512Ki"],
  ["1.5Gi", "1536Mi"],
  ["0.1Gi", "107374182400m"],
];

const REFUSED = [
  "",
  " 1",
  "1 ",
  "x",
  "1K",
  "1ki",
  "1e",
  "1_0",
  "1,5",
  "1.2.3",
  "--1",
  "0x10",
  "1Mib",
  "NaN",
  "m",
];

describe("a Kubernetes quantity", () => {
  test.each(WRITTEN_BACK)("%s is written back as %s", (text, canonical) => {
    expect(parseQuantity(text)?.canonical).toBe(canonical);
  });

  test.each(REFUSED)("%j is refused", (text) => {
    expect(parseQuantity(text)).toBeUndefined();
  });

  test("endless digits and exponents are refused without arithmetic", () => {
    expect(parseQuantity("9".repeat(100_000))).toBeUndefined();
    expect(parseQuantity("1e1000")).toBeUndefined();
    expect(parseQuantity("1e999999999")).toBeUndefined();
  });

  test("writing back keeps the value, and happens once", () => {
    const suffixes = ["", "n", "u", "m", "k", "M", "G", "T", "P", "Ki", "Mi", "Gi", "Ti", "e3", "E6", "e-3"];
    const texts = fc
      .tuple(
        fc.constantFrom("", "-", "+"),
        fc.nat(99_999_999),
        fc.option(fc.nat(9999)),
        fc.constantFrom(...suffixes),
      )
      .map(
        ([sign, whole, fraction, suffix]) =>
          `${sign}${whole}${fraction === null ? "" : `.${fraction}`}${suffix}`,
      );
    fc.assert(
      fc.property(texts, (text) => {
        const once = parseQuantity(text);
        const twice = parseQuantity(once?.canonical ?? "");
        expect(once).toBeDefined();
        expect(twice).toEqual(once);
      }),
    );
  });

  test.each([
    ["250m", "1", -1],
    ["1000m", "1", 0],
    ["64Mi", "64M", 1],
    ["1Gi", "1024Mi", 0],
    ["-1", "0", -1],
  ])("%s compared with %s gives %i", (left, right, order) => {
    const [a = 0n, b = 0n] = [parseQuantity(left)?.nano, parseQuantity(right)?.nano];
    expect(a < b ? -1 : a > b ? 1 : 0).toBe(order);
  });
});
