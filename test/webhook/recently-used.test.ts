import { describe, expect, it } from "vitest";
import { recentlyUsed } from "../../src/webhook/recently-used.ts";

const BOUNDS = { entries: 2, bytes: 10, bytesOfOne: 8 };

function filled(...keys: readonly string[]) {
  const values = recentlyUsed<string>(BOUNDS);
  for (const key of keys) values.set(key, `value of ${key}`, key.length);
  return values;
}

describe("what is remembered", () => {
  it("is found by its key", () => {
    expect(filled("a", "b").get("a")).toBe("value of a");
    expect(filled("a", "b").get("c")).toBeUndefined();
  });

  it("makes room when there are too many entries, the least lately used first", () => {
    const values = filled("a", "b");
    values.get("a");
    values.set("c", "new", 1);
    expect([values.get("a"), values.get("b"), values.get("c")]).toEqual(["value of a", undefined, "new"]);
  });

  it("makes room when all together is too large", () => {
    const values = filled("aaaaaa", "bbbbbb");
    expect([values.get("aaaaaa"), values.get("bbbbbb")]).toEqual([undefined, "value of bbbbbb"]);
  });

  it("stays as it was when an entry is too large by itself", () => {
    const values = filled("a", "123456789");
    expect([values.get("a"), values.get("123456789")]).toEqual(["value of a", undefined]);
  });

  it("counts a key once, however often it is set", () => {
    const values = filled("12345", "12345", "12345", "1234");
    expect(values.get("12345")).toBe("value of 12345");
  });
});
