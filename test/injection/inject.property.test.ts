import fc from "fast-check";
import jsonPatch, { type Operation } from "fast-json-patch";
import { describe, expect, it } from "vitest";
import { defaultInjectionSettings } from "../../src/annotations/defaults.ts";
import type { InjectionSettings } from "../../src/annotations/settings.ts";
import { ANNOTATIONS } from "../../src/annotations/table.ts";
import { injectPod } from "../../src/injection/inject.ts";
import type { InjectionOutcome } from "../../src/injection/outcome.ts";
import type { Container, Pod, PodSpec } from "../../src/injection/pod.ts";
import { TOKEN_MOUNT, TOKEN_VOLUME } from "./pod-builder.ts";

const AGENTS = ["keycard-init", "keycard-agent", "vault-agent-init", "vault-agent"];

const settings: fc.Arbitrary<InjectionSettings> = fc
  .record({
    engine: fc.constantFrom("native" as const, "vault-agent" as const),
    harden: fc.boolean(),
    nativeSidecar: fc.boolean(),
    initContainer: fc.boolean(),
  })
  .map((chosen) => ({ ...defaultInjectionSettings(), ...chosen }));

/** Fields that no injector knows, as a newer Kubernetes may bring them. */
const unknownFields = fc.dictionary(
  fc.constantFrom("futureField", "resizePolicy", "x-anything", "stdin"),
  fc.jsonValue({ maxDepth: 2 }),
  { maxKeys: 3 },
);

const container = (prefix: string): fc.Arbitrary<Container> =>
  fc
    .record({
      name: fc.nat({ max: 999 }).map((number) => `${prefix}-${number}`),
      env: fc.option(
        fc.uniqueArray(
          fc
            .constantFrom("PGSERVICE", "PGPASSFILE", "AWS_REGION", "HOME")
            .map((name) => ({ name, value: "own" })),
          { selector: ({ name }) => name },
        ),
        { nil: undefined },
      ),
      volumeMounts: fc.constantFrom(
        undefined,
        [],
        [TOKEN_MOUNT],
        [TOKEN_MOUNT, { name: "d", mountPath: "/d" }],
      ),
      securityContext: fc.constantFrom(undefined, {}, { runAsUser: 0 }, { runAsUser: 77 }),
      restartPolicy: fc.constantFrom(undefined, "Always"),
    })
    .chain((known) => unknownFields.map((unknown) => asJson<Container>({ ...unknown, ...known })));

const containers = (prefix: string, minLength: number): fc.Arbitrary<Container[]> =>
  fc.uniqueArray(container(prefix), { minLength, maxLength: 3, selector: ({ name }) => name });

const annotationValue = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.constantFrom("true", "false", "1", "5", "30s", "100m", "0644", "app-1", "/etc/x"),
  },
  { weight: 2, arbitrary: fc.constantFrom("", "[]", "json", "secret/a", "database/creds/web", "debug") },
  { weight: 1, arbitrary: fc.string({ maxLength: 12 }) },
);

const annotationKey = fc.constantFrom(...ANNOTATIONS).chain(({ name, form }) =>
  fc.constantFrom("a", "db", "Web").map((suffix) => {
    const full =
      form === "per-secret" || form === "family" ? `${name}-${suffix}` : name.replace("NAME", suffix);
    return full.startsWith("keycard.dev/") ? full : `vault.hashicorp.com/${full}`;
  }),
);

const annotations = fc.dictionary(annotationKey, annotationValue, { maxKeys: 6 }).map(
  (chosen): Record<string, string> => ({
    "vault.hashicorp.com/role": "web",
    "vault.hashicorp.com/agent-inject-secret-always": "secret/always",
    ...chosen,
    "vault.hashicorp.com/agent-inject": "true",
  }),
);

const pods: fc.Arbitrary<Pod> = fc
  .record({
    annotations,
    containers: containers("app", 1),
    initContainers: fc.option(containers("init", 0), { nil: undefined }),
    volumes: fc.constantFrom(undefined, [], [TOKEN_VOLUME]),
    shareProcessNamespace: fc.constantFrom(undefined, true, false),
    extra: unknownFields,
  })
  .map(({ annotations: chosen, extra, ...spec }) => ({
    metadata: { name: "web-1", annotations: chosen },
    spec: asJson<PodSpec>({ ...extra, ...spec }),
  }));

/** The value as JSON brings it: a copy, without keys that hold undefined. */
function asJson<T>(value: object): T {
  return JSON.parse(JSON.stringify(value));
}

function inject(pod: Pod, chosen: InjectionSettings): InjectionOutcome {
  return injectPod(pod, { namespace: "shop", namespaceAnnotations: {}, settings: chosen });
}

/** The patched pod; undefined where the pod is denied. */
function injected(pod: Pod, chosen: InjectionSettings): Pod | undefined {
  const outcome = inject(pod, chosen);
  return outcome.kind === "injected" ? applied(pod, outcome.patch) : undefined;
}

function applied(pod: Pod, patch: readonly Operation[]): Pod {
  return jsonPatch.applyPatch(asJson<Pod>(pod), asJson<Operation[]>(patch), true).newDocument;
}

function check(law: (pod: Pod, chosen: InjectionSettings) => void): void {
  fc.assert(fc.property(pods, settings, law), { numRuns: 200 });
}

/** Everything of a patched container list that its owner wrote, in the owner's order. */
function ownersContainers(list: readonly Container[] | undefined, original: readonly Container[]): unknown[] {
  const names = original.map(({ name }) => name);
  return (list ?? [])
    .filter(({ name }) => names.includes(name))
    .map((patched, index) => ({
      ...patched,
      volumeMounts: patched.volumeMounts?.slice(0, original[index]?.volumeMounts?.length ?? 0),
      env: patched.env?.slice(0, original[index]?.env?.length ?? 0),
    }));
}

function withLists(list: readonly Container[]): unknown[] {
  return list.map((each) => ({ ...each, volumeMounts: each.volumeMounts ?? [], env: each.env ?? [] }));
}

function emptyLists(list: unknown[]): unknown[] {
  return withLists(list as Container[]);
}

describe("whatever the pod and its annotations", () => {
  it("the generated pods are injected often enough for the laws to mean something", () => {
    const sample = fc.sample(fc.tuple(pods, settings), { numRuns: 400, seed: 1 });
    const kinds = sample.map(([pod, chosen]) => inject(pod, chosen).kind);
    expect(kinds.filter((kind) => kind === "injected").length).toBeGreaterThan(80);
    expect(kinds.filter((kind) => kind === "denied").length).toBeGreaterThan(80);
  });

  it("a second pass changes nothing", () => {
    check((pod, chosen) => {
      const once = injected(pod, chosen);
      if (once !== undefined) {
        expect(inject(once, chosen)).toMatchObject({ kind: "skipped", reason: "already-injected" });
      }
    });
  });

  it("the same input gives the same bytes, in whatever order the annotations come", () => {
    check((pod, chosen) => {
      const turned = Object.fromEntries(Object.entries(pod.metadata?.annotations ?? {}).reverse());
      const again = { ...pod, metadata: { ...pod.metadata, annotations: turned } };
      const patchOf = (outcome: InjectionOutcome): string =>
        JSON.stringify(outcome.kind === "injected" ? outcome.patch : outcome.kind);
      expect(patchOf(inject(again, chosen))).toBe(patchOf(inject(pod, chosen)));
    });
  });

  it("every field of every container that is not ours stays as it is", () => {
    check((pod, chosen) => {
      const patched = injected(pod, chosen);
      if (patched === undefined) {
        return;
      }
      const { containers: apps, initContainers: inits = [] } = pod.spec;
      expect(emptyLists(ownersContainers(patched.spec.containers, apps))).toEqual(withLists(apps));
      expect(emptyLists(ownersContainers(patched.spec.initContainers, inits))).toEqual(withLists(inits));
    });
  });

  it("every other field of the pod stays as it is", () => {
    check((pod, chosen) => {
      const patched = injected(pod, chosen);
      if (patched === undefined) {
        return;
      }
      const owned = ["containers", "initContainers", "volumes", "shareProcessNamespace"];
      const others = ({ spec }: Pod): unknown =>
        Object.fromEntries(Object.entries(spec).filter(([key]) => !owned.includes(key)));
      expect(others(patched)).toEqual(others(pod));
      const kept = pod.spec.volumes ?? [];
      expect(patched.spec.volumes?.slice(0, kept.length)).toEqual(kept);
      const { "vault.hashicorp.com/agent-inject-status": status, ...rest } =
        patched.metadata?.annotations ?? {};
      const { "vault.hashicorp.com/agent-inject-status": _, ...before } = pod.metadata?.annotations ?? {};
      expect(status).toBe("injected");
      expect(rest).toEqual(before);
    });
  });

  it("the patch only adds, and never writes a whole container of the pod's owner", () => {
    check((pod, chosen) => {
      const outcome = inject(pod, chosen);
      for (const operation of outcome.kind === "injected" ? outcome.patch : []) {
        expect(operation.op).toBe("add");
        expect(operation.path).toMatch(
          /^\/(spec\/(volumes|initContainers|containers|shareProcessNamespace)(\/(-|\d+))?(\/(volumeMounts|env)(\/-)?)?|metadata\/annotations\/[^/]+)$/,
        );
      }
    });
  });

  it("a container that comes late sees what it would have seen from the start", () => {
    fc.assert(
      fc.property(pods, settings, container("late"), (pod, chosen, late) => {
        const early = injected(
          { ...pod, spec: { ...pod.spec, containers: [...pod.spec.containers, late] } },
          chosen,
        );
        const once = injected(pod, chosen);
        if (once === undefined || early === undefined) {
          return;
        }
        const widened = { ...once, spec: { ...once.spec, containers: [...once.spec.containers, late] } };
        const completed = injected(widened, chosen) ?? widened;
        const find = ({ spec }: Pod): unknown => spec.containers.find(({ name }) => name === late.name);
        expect(find(completed)).toEqual(find(early));
      }),
      { numRuns: 150 },
    );
  });

  it("an agent's container that was lost comes back to its place, and nothing else changes", () => {
    fc.assert(
      fc.property(pods, settings, fc.nat(), (pod, chosen, choice) => {
        const once = injected(pod, chosen);
        if (
          once === undefined ||
          "vault.hashicorp.com/agent-init-json-patch" in (pod.metadata?.annotations ?? {})
        ) {
          return;
        }
        const lost = AGENTS.filter((name) =>
          [...once.spec.containers, ...(once.spec.initContainers ?? [])].some((each) => each.name === name),
        )[choice % 2];
        const without = (list: readonly Container[] | undefined): Container[] =>
          (list ?? []).filter(({ name }) => name !== lost);
        const partial = {
          ...once,
          spec: {
            ...once.spec,
            containers: without(once.spec.containers),
            initContainers: without(once.spec.initContainers),
          },
        };
        const restored = injected(partial, chosen) ?? partial;
        expect(withoutEmptyLists(restored)).toEqual(withoutEmptyLists(once));
      }),
      { numRuns: 150 },
    );
  });
});

/** A list that Kubernetes reads as absent is as good as absent. */
function withoutEmptyLists({ spec, ...rest }: Pod): unknown {
  const kept = Object.entries(spec).filter(([, value]) => !Array.isArray(value) || value.length > 0);
  return { ...rest, spec: Object.fromEntries(kept) };
}

describe("whatever JSON comes as a pod", () => {
  it("the answer is an outcome, never an exception", () => {
    const shapes = fc.oneof(
      fc.jsonValue(),
      fc.record({ metadata: fc.jsonValue(), spec: fc.jsonValue(), status: fc.jsonValue() }),
      fc.record({
        metadata: fc.constant({ annotations: { "vault.hashicorp.com/agent-inject": "true" } }),
        spec: fc.record(
          {
            containers: fc.oneof(fc.jsonValue(), fc.array(fc.jsonValue())),
            initContainers: fc.oneof(fc.jsonValue(), fc.array(fc.jsonValue())),
            volumes: fc.oneof(fc.jsonValue(), fc.array(fc.jsonValue())),
          },
          { requiredKeys: [] },
        ),
      }),
    );
    fc.assert(
      fc.property(shapes, settings, (shape, chosen) => {
        expect(["skipped", "denied", "injected"]).toContain(inject(shape as unknown as Pod, chosen).kind);
      }),
      { numRuns: 1000 },
    );
  });
});
