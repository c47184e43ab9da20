import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { exampleOf, particularsOf, patternOf } from "../../src/webhook/likeness.ts";
import { STAND_IN } from "../../src/webhook/remembered.ts";
import { EDITED_PLACES, edited, NOISE, TOKENS, WORKLOADS } from "../injection/admitted-pods.ts";
import { reviewText, TIMES, UIDS } from "./workload-reviews.ts";

const [first, second] = TOKENS;
const [plain] = WORKLOADS;

const patternIn = (text: string, uid: string = UIDS[0]) => patternOf(Buffer.from(text), uid);

/** What the second has to itself, as one that is like the first. */
function alike(one: string, other: string): unknown {
  const pattern = patternIn(one);
  if (pattern === undefined) throw new Error("no pattern");
  return particularsOf(Buffer.from(other), pattern);
}

/** Workloads of which the annotations name no pod's token volume. */
const PLAIN_WORKLOADS = WORKLOADS.filter(
  (workload) => patternIn(reviewText(workload(TOKENS[2]))) !== undefined,
);

describe("two reviews", () => {
  it.each(PLAIN_WORKLOADS.map((workload) => [workload]))(
    "are alike with other uids, token volumes and times (%#)",
    (workload) => {
      const [one, other] = [reviewText(workload(first)), reviewText(workload(second), UIDS[1], TIMES[1])];
      expect(alike(one, other)).toEqual({ uid: UIDS[1], token: second });
    },
  );

  it("are alike without a token volume", () => {
    const pod = { namespace: "shop", pod: { metadata: { annotations: {} }, spec: { containers: [] } } };
    expect(alike(reviewText(pod), reviewText(pod, UIDS[1]))).toEqual({ uid: UIDS[1], token: undefined });
  });

  it.each([...EDITED_PLACES, ["what no injection looks at", NOISE] as const])(
    "are not alike with another %s",
    (_, edits) => {
      for (const workload of PLAIN_WORKLOADS) {
        const text = reviewText(workload(first));
        for (const edit of edits) {
          const other = reviewText(edited(workload(first), [edit]));
          if (other === text) continue;
          expect([edit, alike(text, other)]).toEqual([edit, undefined]);
        }
      }
    },
  );

  it("are not alike when other names than one token volume's stand where it stood", () => {
    const text = reviewText(plain(first));
    expect(alike(text, text.replace(first, second))).toBeUndefined();
  });

  it.each([
    ["an uid that ends early", UIDS[0], `${UIDS[0].slice(0, 33)}",x`],
    ["an escape in the uid", UIDS[0], `${UIDS[0].slice(0, 30)}\\u0030`],
    ["a name no API server makes", first, "kube-api-access-AB1CD"],
    ["no time", TIMES[0], "2026-11-24 07:41:31Z"],
  ])("are not alike with %s in a place", (_, from, to) => {
    const text = reviewText(plain(first));
    const other = text.replaceAll(from, to);
    expect(other).toHaveLength(text.length);
    expect(alike(text, other)).toBeUndefined();
  });

  it("mean the same when they are alike, but for what each has to itself", () => {
    const text = reviewText(plain(first));
    const pattern = patternIn(text);
    const hostile = fc.constantFrom(...'"\\{}[],:x0a-Z \u0000');
    const changes = fc.array(fc.tuple(fc.nat(text.length - 1), hostile), { maxLength: 2 });
    const inPlaces = fc.record({
      uid: fc.stringMatching(/^[0-9a-f-]{36}$/),
      token: fc.stringMatching(/^[a-z0-9]{5}$/),
    });
    fc.assert(
      fc.property(changes, inPlaces, (edits, { uid, token }) => {
        let other = text.replace(UIDS[0], uid).replaceAll(first, `kube-api-access-${token}`);
        for (const [at, character] of edits) other = other.slice(0, at) + character + other.slice(at + 1);
        const particulars = pattern && particularsOf(Buffer.from(other, "latin1"), pattern);
        if (particulars === undefined) return;
        const own = reviewText(plain(particulars.token ?? ""), particulars.uid);
        const withoutTimes = (json: string) => JSON.parse(json.replace(/"time":"[^"]*"/g, '"time":""'));
        expect(withoutTimes(other)).toEqual(withoutTimes(own));
      }),
      { numRuns: 2000 },
    );
  });
});

describe("the pattern of a review", () => {
  it("has an example with another name for the token volume, and no time", () => {
    for (const workload of PLAIN_WORKLOADS) {
      const pattern = patternIn(reviewText(workload(first)));
      const example = pattern && exampleOf(pattern).toString();
      expect(example).toBe(reviewText(workload(STAND_IN), UIDS[0], "0000-00-00T00:00:00Z"));
    }
  });

  it("keeps no larger buffer alive", () => {
    const text = reviewText(plain(first));
    const large = Buffer.alloc(64 * 1024);
    const length = large.write(text);
    expect(patternOf(large.subarray(0, length), UIDS[0])?.body.buffer.byteLength).toBe(length);
  });

  const annotated = (key: string, value: string): string =>
    reviewText(edited(plain(first), [{ path: ["pod", "metadata", "annotations", key], value }]));

  it.each([
    ["another pod's token volume is named", annotated("vault.hashicorp.com/role", second)],
    ["the token volume is named in a longer text", annotated("vault.hashicorp.com/role", `x ${first}`)],
    ["the token volume's name is a key", annotated(first, "")],
    ["the uid stands elsewhere too", annotated("x", UIDS[0])],
    ["another uid comes first", annotated("x", "").replace('"kind"', `"uid":"${UIDS[0]}","kind"`)],
    ["the uid is none of an API server", reviewText(plain(first), "uid-1")],
  ])("is missing where %s", (_, text) => {
    expect(patternIn(text, JSON.parse(text).request.uid)).toBeUndefined();
  });
});
