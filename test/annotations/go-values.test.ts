import { describe, expect, test } from "vitest";
import { parseDuration, parseSeconds } from "../../src/annotations/duration.ts";
import {
  parseBoolean,
  parseFloatingPoint,
  parseInteger,
  parseUnsignedInteger,
} from "../../src/annotations/go-values.ts";

describe("a boolean is what strconv.ParseBool takes", () => {
  test.each(["1", "t", "T", "TRUE", "true", "True"])("%s is true", (text) => {
    expect(parseBoolean(text)).toBe(true);
  });
  test.each(["0", "f", "F", "FALSE", "false", "False"])("%s is false", (text) => {
    expect(parseBoolean(text)).toBe(false);
  });
  test.each(["", "yes", "on", "tRuE", " true", "__proto__"])("%j is neither", (text) => {
    expect(parseBoolean(text)).toBeUndefined();
  });
});

describe("a whole number is what strconv.ParseInt takes", () => {
  test.each([
    ["0", 0],
    ["100", 100],
    ["-1", -1],
    ["+5", 5],
    ["0100", 100],
  ])("%s is %i", (text, number) => {
    expect(parseInteger(text)).toBe(number);
  });
  test.each(["", "root", "1.0", "1_0", "0x10", " 1", "9223372036854775808"])("%j is none", (text) => {
    expect(parseInteger(text)).toBeUndefined();
  });
  test("an unsigned one takes no sign", () => {
    expect(parseUnsignedInteger("01")).toBe(1);
    expect(["+5", "-1", "5s", ""].map(parseUnsignedInteger)).toEqual(Array(4).fill(undefined));
  });
});

describe("a number is what strconv.ParseFloat takes, if it is finite", () => {
  test.each([
    ["0.75", 0.75],
    [".5", 0.5],
    ["5.", 5],
    ["1e-2", 0.01],
    ["1_23.5", 123.5],
    ["0x1p-2", 0.25],
    ["0x_1p0", 1],
    ["-0X1.8p1", -3],
  ])("%s is %f", (text, number) => {
    expect(parseFloatingPoint(text)).toBe(number);
  });
  test.each(["", "x", "NaN", "Inf", "+Inf", "infinity", "1e400", "_1", "1__0", "0b1", " 1", "0x1", "0xp1"])(
    "%j is none",
    (text) => {
      expect(parseFloatingPoint(text)).toBeUndefined();
    },
  );
});

describe("a duration is what time.ParseDuration takes", () => {
  test.each([
    ["0", 0n],
    ["-0", 0n],
    ["1s", 1_000_000_000n],
    ["-1s", -1_000_000_000n],
    ["1.5h", 5_400_000_000_000n],
    [".5s", 500_000_000n],
    ["1.s", 1_000_000_000n],
    ["1h1h", 7_200_000_000_000n],
    ["1µs", 1_000n],
    ["1μs", 1_000n],
    ["2562047h47m16.854775807s", 9_223_372_036_854_775_807n],
    ["-9223372036854775808ns", -9_223_372_036_854_775_808n],
  ])("%s is %i ns", (text, nanoseconds) => {
    expect(parseDuration(text)).toBe(nanoseconds);
  });
  test.each([
    "",
    "5",
    "00",
    "1d",
    ".",
    ".s",
    "1e3s",
    "- 1s",
    "1 s",
    "s",
    "9223372036854775808ns",
    "9".repeat(400),
  ])("%j is none", (text) => {
    expect(parseDuration(text)).toBeUndefined();
  });
  test("bare seconds are taken where Vault takes them", () => {
    expect(["300", "5m", "250ms", "5 m", ""].map(parseSeconds)).toEqual([
      300,
      300,
      0.25,
      undefined,
      undefined,
    ]);
  });
});
