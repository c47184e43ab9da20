import jsonPatch from "fast-json-patch";
import { describe, expect, it } from "vitest";
import { defaultInjectionSettings } from "../../src/annotations/defaults.ts";
import type { InjectionSettings } from "../../src/annotations/settings.ts";
import { injectPod } from "../../src/injection/inject.ts";
import type { InjectionOutcome } from "../../src/injection/outcome.ts";
import type { Pod, Volume } from "../../src/injection/pod.ts";
import { containerOf, podOf } from "./pod-builder.ts";

const VAULT = "vault.hashicorp.com";
const ASKING = {
  [`${VAULT}/agent-inject`]: "true",
  [`${VAULT}/role`]: "web",
  [`${VAULT}/agent-inject-secret-db`]: "secret/db",
};

function decide(
  pod: unknown,
  {
    namespace = "shop",
    isUpdate = false,
    ...settings
  }: Partial<InjectionSettings> & { namespace?: string; isUpdate?: boolean } = {},
): InjectionOutcome {
  return injectPod(pod as Pod, {
    namespace,
    isUpdate,
    namespaceAnnotations: {},
    settings: { ...defaultInjectionSettings(), ...settings },
  });
}

function applied(pod: Pod, outcome: InjectionOutcome): Pod {
  if (outcome.kind !== "injected") throw new Error(`not injected: ${JSON.stringify(outcome)}`);
  return jsonPatch.applyPatch(structuredClone(pod), structuredClone([...outcome.patch])).newDocument;
}

function problemsOf(outcome: InjectionOutcome): readonly string[] {
  return outcome.kind === "denied"
    ? outcome.problems.map(({ annotation, message }) => `${annotation}: ${message}`)
    : [];
}

describe("a pod is left alone", () => {
  it.each([
    ["without annotations", { spec: { containers: [] } }, "not-requested"],
    ["with other people's annotations", podOf({ "example.com/a": "b" }), "not-requested"],
    ["that says no", podOf({ [`${VAULT}/agent-inject`]: "false" }), "disabled"],
    ["that says nothing", podOf({ [`${VAULT}/agent-inject`]: "" }), "disabled"],
    ["in a system namespace that does not ask", podOf({}), "not-requested", "kube-system"],
    ["that is no pod at all", { kind: "ConfigMap", data: {} }, "not-requested"],
  ])("%s", (_, pod, reason, namespace = "shop") => {
    expect(decide(pod, { namespace })).toMatchObject({ kind: "skipped", reason });
  });

  const wrong = podOf({ ...ASKING, [`${VAULT}/agent-run-as-user`]: "x" });
  it.each([
    ["native", "that is changed while it runs", podOf(ASKING), "Running", true],
    ["vault-agent", "that is changed while it runs", podOf(ASKING), "Running", true],
    ["vault-agent", "that says that it runs", podOf(ASKING), "Running", false],
    ["vault-agent", "that says that it has ended", podOf(ASKING), "Succeeded", false],
    ["vault-agent", "that says that it runs, whatever else is wrong with it", wrong, "Running", false],
  ] as const)("by engine %s, %s", (engine, _, pod, phase, isUpdate) => {
    const outcome = decide({ ...pod, status: { phase } }, { engine, isUpdate });
    expect(outcome).toMatchObject({ kind: "skipped", reason: "already-running" });
  });

  it.each([
    ["native", "waits to be scheduled", "Pending"],
    ["vault-agent", "waits to be scheduled", "Pending"],
    ["native", "is new and was copied from one that runs", "Running"],
  ] as const)("but not by engine %s when it %s", (engine, _, phase) => {
    expect(decide({ ...podOf(ASKING), status: { phase } }, { engine }).kind).toBe("injected");
  });
});

describe("a pod is denied", () => {
  it.each(["kube-system", "kube-public"])("in %s", (namespace) => {
    expect(problemsOf(decide(podOf(ASKING), { namespace }))).toEqual([
      `: cannot inject into system namespaces: ${namespace}`,
    ]);
  });

  it.each(["kube-system", "kube-public"])("in %s though it is marked as injected", (namespace) => {
    const marked = podOf({ ...ASKING, [`${VAULT}/agent-inject-status`]: "injected" });
    expect(decide(marked, { namespace }).kind).toBe("denied");
  });

  it("without a namespace in the request", () => {
    expect(problemsOf(decide(podOf(ASKING), { namespace: "" }))).toEqual([
      ": kubernetes namespace required: the request names none",
    ]);
  });

  it("is not denied in kube-node-lease", () => {
    expect(decide(podOf(ASKING), { namespace: "kube-node-lease" }).kind).toBe("injected");
  });

  it("when its opt-in is malformed, even if it runs or sits in a system namespace", () => {
    const pod = { ...podOf({ ...ASKING, [`${VAULT}/agent-inject`]: "yes" }), status: { phase: "Running" } };
    expect(problemsOf(decide(pod, { namespace: "kube-system" }))).toEqual([
      `${VAULT}/agent-inject: expected true or false, got "yes"`,
      ": cannot inject into system namespaces: kube-system",
    ]);
  });

  it("with everything that is wrong, whoever finds it", () => {
    const pod = podOf(
      {
        ...ASKING,
        [`${VAULT}/agent-pre-populate`]: "perhaps",
        [`${VAULT}/agent-inject-template-db`]: "{{ if }}",
        [`${VAULT}/agent-json-patch`]: '[{"op":"remove","path":"/no/such"}]',
        [`${VAULT}/agent-service-account-token-volume-name`]: "none",
      },
      { containers: [containerOf("app", { volumeMounts: [{ name: "a", mountPath: "/vault/secrets" }] })] },
    );
    expect(problemsOf(decide(pod)).map((problem) => problem.replace(/: .*/, ""))).toEqual([
      `${VAULT}/agent-pre-populate`,
      `${VAULT}/agent-service-account-token-volume-name`,
      `${VAULT}/agent-inject-template-db`,
      `${VAULT}/agent-json-patch`,
      "",
    ]);
  });

  it("whose annotations and shape are wrong, with both", () => {
    const annotations = { ...ASKING, [`${VAULT}/agent-pre-populate`]: "perhaps" };
    expect(problemsOf(decide({ metadata: { annotations }, spec: {} }))).toEqual([
      `${VAULT}/agent-pre-populate: expected true or false, got "perhaps"`,
      ": pod.spec.containers is missing",
    ]);
  });

  it.each([
    ["no spec", { metadata: { annotations: ASKING } }, ": pod.spec is missing"],
    [
      "a spec that is no object",
      { metadata: { annotations: ASKING }, spec: 5 },
      ": pod.spec must be an object",
    ],
    ["no containers", { metadata: { annotations: ASKING }, spec: {} }, ": pod.spec.containers is missing"],
    [
      "a container without a name",
      { metadata: { annotations: ASKING }, spec: { containers: [{ image: "a" }] } },
      ": pod.spec.containers[0].name is missing",
    ],
    [
      "mounts that are no list",
      { metadata: { annotations: ASKING }, spec: { containers: [{ name: "a", volumeMounts: {} }] } },
      ": pod.spec.containers[0].volumeMounts must be a list",
    ],
    [
      "annotations that are no texts",
      { metadata: { annotations: { a: 1 } } },
      ': pod.metadata.annotations["a"] must be text: put the value in quotes',
    ],
    ["no object", [], ": pod must be an object"],
  ])("with %s", (_, pod, problem) => {
    expect(problemsOf(decide(pod))).toEqual([problem]);
  });
});

describe("a volume of the pod's own that is called like one of the agent's", () => {
  const extra = { ...ASKING, [`${VAULT}/agent-extra-secret`]: "wanted" };

  it.each([
    ["vault-secrets", { emptyDir: {} }],
    ["vault-secrets", { emptyDir: null }],
    ["keycard-state", { emptyDir: { medium: "HugePages" } }],
    ["extra-secrets", { secret: { secretName: "other" } }],
    ["extra-secrets", { configMap: { name: "wanted" } }],
  ])("is refused where it holds something else: %s with %j", (name, source) => {
    expect(problemsOf(decide(podOf(extra, { volumes: [{ name, ...source } as Volume] })))).toEqual([
      `: the pod already has a volume "${name}" of its own: rename it`,
    ]);
  });

  it.each([
    ["vault-secrets", { emptyDir: { medium: "Memory", sizeLimit: "1Mi" } }],
    ["extra-secrets", { secret: { secretName: "wanted", defaultMode: 420 } }],
  ])("is taken for it where it holds the same: %s with %j", (name, source) => {
    expect(decide(podOf(extra, { volumes: [{ name, ...source }] })).kind).toBe("injected");
  });
});

describe("null stands for absent, as it does for the API server", () => {
  it("in every list that the patch appends to", () => {
    const pod = {
      metadata: { annotations: ASKING },
      spec: {
        containers: [{ name: "app", volumeMounts: null, env: null }],
        initContainers: null,
        volumes: null,
        shareProcessNamespace: null,
      },
      status: null,
    };
    const outcome = decide(pod);
    expect(outcome.kind === "injected" ? outcome.patch.map(({ path }) => path) : outcome).toEqual([
      "/spec/volumes",
      "/spec/containers/0/volumeMounts",
      "/spec/initContainers",
      `/metadata/annotations/${VAULT}~1agent-inject-status`,
    ]);
  });
});

describe("the status annotation alone decides nothing", () => {
  it("a pod that is marked but has no agent gets one", () => {
    const marked = podOf({ ...ASKING, [`${VAULT}/agent-inject-status`]: "injected" });
    const outcome = decide(marked);
    expect(outcome.kind).toBe("injected");
    expect(
      outcome.kind === "injected" && outcome.patch.some(({ path }) => path.includes("annotations")),
    ).toBe(false);
  });

  it("a pod with another engine's agent is left alone, whatever this engine makes of its annotations", () => {
    const agent = containerOf("keycard-agent", {
      restartPolicy: "Always",
      volumeMounts: [{ name: "vault-secrets", mountPath: "/vault/secrets" }],
    });
    const pod = podOf(
      { ...ASKING, "keycard.dev/postgres-db": "database/creds/app" },
      { initContainers: [agent] },
    );
    expect(decide(pod, { engine: "vault-agent" })).toMatchObject({
      kind: "skipped",
      reason: "already-injected",
    });
  });

  it("a pod with another engine's agent gets no second one", () => {
    const agent = containerOf("vault-agent", {
      volumeMounts: [{ name: "vault-secrets", mountPath: "/vault/secrets" }],
    });
    const outcome = decide(podOf(ASKING, { containers: [containerOf("app"), agent] }));
    expect(outcome).toMatchObject({
      kind: "skipped",
      reason: "already-injected",
      warnings: ["the pod already has vault-agent, another engine's agent: nothing was added"],
    });
  });
});

describe("a pod in its node's network", () => {
  const portsOf = (annotations: Record<string, string>): readonly unknown[] => {
    const pod = podOf({ ...ASKING, ...annotations }, { hostNetwork: true });
    const sidecar = applied(pod, decide(pod)).spec.initContainers?.find(
      ({ name }) => name === "keycard-agent",
    );
    return (sidecar?.ports ?? []).map(({ containerPort }) => containerPort);
  };

  it("gets a health port only where it names one itself, and nobody else's annotation does", () => {
    expect(portsOf({})).toEqual([]);
    expect(portsOf({ "example.com/health-port": "7000" })).toEqual([]);
    expect(portsOf({ "keycard.dev/health-port": "9100" })).toEqual([9100]);
  });
});

describe("a container that another webhook put first", () => {
  const annotations = { ...ASKING, [`${VAULT}/agent-run-as-same-user`]: "true" };
  const own = podOf(annotations, {
    containers: [containerOf("app", { securityContext: { runAsUser: 77 } })],
  });

  it.each([
    ["native", undefined],
    ["native", { runAsUser: 0 }],
    ["vault-agent", undefined],
    ["vault-agent", { runAsUser: 0 }],
  ] as const)("is not the one whose user the agent of engine %s has: %j", (engine, securityContext) => {
    const once = applied(own, decide(own, { engine }));
    const proxy = containerOf("proxy", securityContext && { securityContext });
    const containers = [proxy, ...once.spec.containers];
    const again = { ...once, spec: { ...once.spec, containers } };
    const twice = applied(again, decide(again, { engine }));
    const mounts = twice.spec.containers[0]?.volumeMounts?.map(({ mountPath }) => mountPath);
    expect(mounts).toContain("/vault/secrets");
  });

  it("is no way to make the agent root by adding half of it oneself", () => {
    const once = applied(own, decide(own));
    const rooted = once.spec.initContainers?.map((container) =>
      container.name === "keycard-init" ? { ...container, securityContext: { runAsUser: 0 } } : container,
    );
    const initContainers = rooted?.filter(({ name }) => name !== "keycard-agent") ?? [];
    const half = { ...once, spec: { ...once.spec, initContainers } };
    expect(problemsOf(decide(half))).toEqual([
      expect.stringContaining("container not allowed to run as root: keycard-init"),
    ]);
  });

  it("does not change the user of an agent that has to be added again", () => {
    const once = applied(own, decide(own));
    const initContainers = once.spec.initContainers?.filter(({ name }) => name !== "keycard-init") ?? [];
    const containers = [
      containerOf("proxy", { securityContext: { runAsUser: 1337 } }),
      ...once.spec.containers,
    ];
    const lost = { ...once, spec: { ...once.spec, containers, initContainers } };
    const agents = applied(lost, decide(lost)).spec.initContainers;
    expect(agents?.map(({ name, securityContext }) => [name, securityContext?.runAsUser])).toEqual([
      ["keycard-init", 77],
      ["keycard-agent", 77],
    ]);
  });
});

describe("a pod that is left alone is warned", () => {
  it.each([
    ["forgets to opt in", { [`${VAULT}/role`]: "web" }, /^nothing is injected: add .*agent-inject: "true"/],
    ["misspells the opt-in", { [`${VAULT}/agent-injcet`]: "true" }, /did you mean .*agent-inject\?$/],
  ])("when it %s", (_, annotations, warning) => {
    expect(decide(podOf(annotations))).toMatchObject({
      kind: "skipped",
      reason: "not-requested",
      warnings: [expect.stringMatching(warning)],
    });
  });
});

describe("the summary for log and metrics", () => {
  const [late, once] = [
    { [`${VAULT}/agent-pre-populate`]: "false" },
    { [`${VAULT}/agent-pre-populate-only`]: "true" },
  ];

  it.each([
    ["native", {}, "init_and_sidecar"],
    ["native", late, "sidecar_only"],
    ["native", once, "init_only"],
    ["vault-agent", { ...late, ...once }, "none"],
  ] as const)("of engine %s and %j is %s", (engine, annotations, mode) => {
    const pod = podOf(
      { ...ASKING, ...annotations },
      { containers: [containerOf("app"), containerOf("side")] },
    );
    expect(decide(pod, { engine })).toMatchObject({
      kind: "injected",
      summary: { engine, mode, secrets: 1, containers: ["app", "side"] },
    });
  });
});

describe("a hostile review is answered in time that grows with its size", () => {
  const many = <T>(count: number, make: (index: number) => T): T[] =>
    Array.from({ length: count }, (_, index) => make(index));

  it.each([
    ["containers", podOf(ASKING, { containers: many(50_000, (index) => ({ name: `c${index}` })) }), "denied"],
    ["volumes", podOf(ASKING, { volumes: many(100_000, (index) => ({ name: `v${index}` })) }), "injected"],
    [
      "mounts",
      podOf(ASKING, {
        containers: [
          containerOf("app", {
            volumeMounts: many(100_000, (index) => ({ name: "v", mountPath: `/m/${index}` })),
          }),
        ],
      }),
      "injected",
    ],
    [
      "directories",
      podOf({
        ...ASKING,
        ...Object.fromEntries(
          many(1000, (index) => [
            [`${VAULT}/agent-inject-secret-s${index}`, "secret/s"],
            [`${VAULT}/secret-volume-path-s${index}`, `/d/${index}`],
          ]).flat(),
        ),
      }),
      "injected",
    ],
    [
      "directories in many containers",
      podOf(
        {
          ...ASKING,
          ...Object.fromEntries(
            many(1000, (index) => [
              [`${VAULT}/agent-inject-secret-s${index}`, "secret/s"],
              [`${VAULT}/secret-volume-path-s${index}`, `/d/${index}`],
            ]).flat(),
          ),
        },
        { containers: many(1000, (index) => ({ name: `c${index}` })) },
      ),
      "denied",
    ],
  ])("with many %s", (_, pod, kind) => {
    expect(decide(pod).kind).toBe(kind);
  });
});
