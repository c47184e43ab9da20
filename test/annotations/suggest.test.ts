import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { editDistance, nearest } from "../../src/annotations/suggest.ts";

/** The definition, without any shortcut. */
function plainDistance(left: string, right: string): number {
  const table: number[][] = [];
  const at = (row: number, column: number) => table[row]?.[column] ?? 0;
  for (let row = 0; row <= left.length; row++) {
    table.push([]);
    for (let column = 0; column <= right.length; column++) {
      const replaced = at(row - 1, column - 1) + (left[row - 1] === right[column - 1] ? 0 : 1);
      const swaps =
        row > 1 && column > 1 && left[row - 1] === right[column - 2] && left[row - 2] === right[column - 1];
      const distance =
        row === 0 || column === 0
          ? row + column
          : Math.min(
              at(row - 1, column) + 1,
              at(row, column - 1) + 1,
              replaced,
              swaps ? at(row - 2, column - 2) + 1 : Number.POSITIVE_INFINITY,
            );
      table[row]?.push(distance);
    }
  }
  return at(left.length, right.length);
}

describe("the distance of two words", () => {
  test.each([
    ["role", "role", 0],
    ["rloe", "role", 1],
    ["agent-limit-cpu", "agent-limits-cpu", 1],
    ["", "abc", 3],
    ["kitten", "sitting", 3],
    ["ca", "abc", 3],
  ])("%s and %s: %i", (left, right, distance) => {
    expect(editDistance(left, right, 10)).toBe(distance);
  });

  test("is that of the definition, up to the limit", () => {
    const word = fc.string({ unit: fc.constantFrom("a", "b", "-"), maxLength: 9 });
    fc.assert(
      fc.property(word, word, fc.integer({ min: 1, max: 6 }), (left, right, limit) => {
        expect(Math.min(editDistance(left, right, limit), limit)).toBe(
          Math.min(plainDistance(left, right), limit),
        );
      }),
    );
  });
});

describe("the nearest word", () => {
  test.each([
    ["servise", ["service", "server"], "service"],
    ["roel", ["rule", "role"], "role"],
    ["ap", ["app"], "app"],
    ["ab", ["cd"], undefined],
    ["x", ["y"], undefined],
    ["x".repeat(81), ["x".repeat(80)], undefined],
    ["anything", [], undefined],
  ])("to %s", (word, candidates, expected) => {
    expect(nearest(word, candidates)).toBe(expected);
  });
});
