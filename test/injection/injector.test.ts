import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { defaultInjectionSettings } from "../../src/annotations/defaults.ts";
import { injectPod } from "../../src/injection/inject.ts";
import { createInjector } from "../../src/injection/injector.ts";
import { EDITS, edited, TOKENS, WORKLOADS } from "./admitted-pods.ts";

describe("an injector", () => {
  it("decides about every pod as if it had seen no other", () => {
    const pods = fc.array(
      fc.record({
        workload: fc.constantFrom(...WORKLOADS),
        token: fc.constantFrom(...TOKENS),
        edits: fc.subarray([...EDITS], { maxLength: 1 }),
      }),
      { minLength: 2, maxLength: 10 },
    );
    fc.assert(
      fc.property(pods, fc.constantFrom("native" as const, "vault-agent" as const), (seen, engine) => {
        const settings = { ...defaultInjectionSettings(), engine };
        const inject = createInjector(settings);
        for (const { workload, token, edits } of seen) {
          const { pod, ...context } = edited(workload(token), edits);
          expect(inject(pod, context)).toEqual(injectPod(pod, { ...context, settings }));
        }
      }),
      { numRuns: 200 },
    );
  });
});
