import { describe, expect, it } from "vitest";
import type { InjectionRequest } from "../../src/annotations/request.ts";
import type { Volume } from "../../src/injection/pod.ts";
import { tokenSourceByKind, tokenSourceByPath } from "../../src/injection/token-source.ts";
import { containerOf, podOf, TOKEN_MOUNT, TOKEN_VOLUME } from "./pod-builder.ts";
import { requestOf } from "./request-builder.ts";

const IRSA_MOUNT = {
  name: "aws",
  readOnly: true,
  mountPath: "/var/run/secrets/eks.amazonaws.com/serviceaccount",
};
const IRSA_VOLUME = projected("aws", { audience: "sts.amazonaws.com", path: "token" });
const POD_TOKEN = { mount: TOKEN_MOUNT, tokenPath: `${TOKEN_MOUNT.mountPath}/token` };
const IRSA_TOKEN = { mount: IRSA_MOUNT, tokenPath: `${IRSA_MOUNT.mountPath}/token` };

function projected(name: string, serviceAccountToken: { path: string; audience?: string }): Volume {
  return { name, projected: { sources: [{ serviceAccountToken }] } };
}

function requestWith(
  auth: Partial<InjectionRequest["auth"]>,
  flavour: InjectionRequest["flavour"] = "vault",
): InjectionRequest {
  return requestOf({ flavour, auth: { ...requestOf().auth, ...auth } });
}

const podWithBoth = podOf(
  {},
  {
    containers: [containerOf("app", { volumeMounts: [IRSA_MOUNT, TOKEN_MOUNT] })],
    volumes: [IRSA_VOLUME, TOKEN_VOLUME],
  },
);
const podWithout = podOf({}, { containers: [containerOf("app", { volumeMounts: [] })], volumes: [] });

describe("by path, as the Vault Agent Injector finds it", () => {
  it("takes the first mount with serviceaccount in its path, whatever it is", () => {
    expect(tokenSourceByPath(podWithBoth, requestOf(), false)).toEqual({ kind: "found", token: IRSA_TOKEN });
  });

  it("looks at app containers only", () => {
    const pod = podOf(
      {},
      { initContainers: [containerOf("init")], containers: [containerOf("app", { volumeMounts: [] })] },
    );
    expect(tokenSourceByPath(pod, requestOf(), false).kind).toBe("missing");
  });

  it("assumes the file's name for a token that the API server adds later, unless the pod forbids it", () => {
    expect(tokenSourceByPath(podWithout, requestOf(), true)).toEqual({
      kind: "found",
      token: { tokenPath: "/var/run/secrets/kubernetes.io/serviceaccount/token" },
    });
    const off = { ...podWithout, spec: { ...podWithout.spec, automountServiceAccountToken: false } };
    expect(tokenSourceByPath(off, requestOf(), true).kind).toBe("missing");
  });
});

describe("by kind, as a projected token for the API server", () => {
  it("passes over a token that is for somebody else", () => {
    expect(tokenSourceByKind(podWithBoth, requestOf())).toEqual({ kind: "found", token: POD_TOKEN });
  });

  it("mounts a volume that no container mounts where Kubernetes would", () => {
    const pod = podOf({}, { containers: [containerOf("app", { volumeMounts: [] })] });
    expect(tokenSourceByKind(pod, requestOf())).toEqual({ kind: "found", token: POD_TOKEN });
  });

  it("takes a token out of a Secret at the usual path", () => {
    const mount = { ...TOKEN_MOUNT, name: "legacy" };
    const volumes = [{ name: "legacy", secret: { secretName: "app-token-x" } }];
    const pod = podOf({}, { containers: [containerOf("app", { volumeMounts: [mount] })], volumes });
    expect(tokenSourceByKind(pod, requestOf())).toEqual({
      kind: "found",
      token: { mount, tokenPath: POD_TOKEN.tokenPath },
    });
  });

  it.each([
    ["kubernetes", new Map<string, string>(), true],
    ["kubernetes", new Map([["token_path", "/own"]]), false],
    ["jwt", new Map<string, string>(), true],
    ["jwt", new Map([["path", "/own"]]), false],
    ["approle", new Map<string, string>(), false],
  ])("for %s with %j, a pod without a token gets a volume of ours: %s", (type, config, own) => {
    const result = tokenSourceByKind(podWithout, requestWith({ type, config }));
    expect(result.kind === "found" && result.token?.volume !== undefined).toBe(own);
  });

  it("makes a token for the audience that is asked for, with a lifetime that no API server stretches", () => {
    expect(tokenSourceByKind(podWithBoth, requestWith({ tokenAudience: "vault" }))).toEqual({
      kind: "found",
      token: {
        mount: {
          name: "keycard-token",
          mountPath: "/var/run/secrets/keycard.dev/serviceaccount",
          readOnly: true,
        },
        tokenPath: "/var/run/secrets/keycard.dev/serviceaccount/token",
        volume: {
          name: "keycard-token",
          projected: {
            sources: [{ serviceAccountToken: { audience: "vault", expirationSeconds: 3600, path: "token" } }],
          },
        },
      },
    });
  });
});

describe.each([
  [
    "by path",
    (...[pod, request]: Parameters<typeof tokenSourceByKind>) => tokenSourceByPath(pod, request, false),
  ],
  ["by kind", tokenSourceByKind],
])("a named volume, %s", (_, find) => {
  const named = (name: string, flavour?: InjectionRequest["flavour"]): InjectionRequest =>
    requestWith({ tokenVolume: name }, flavour);
  const volume = projected("own", { audience: "vault", path: "jwt" });

  it("is mounted where a container of the pod mounts it", () => {
    const mount = { name: "own", mountPath: "/tokens/" };
    const pod = podOf({}, { containers: [containerOf("app", { volumeMounts: [mount] })], volumes: [volume] });
    expect(find(pod, named("own"))).toEqual({
      kind: "found",
      token: { mount: { ...mount, readOnly: true }, tokenPath: "/tokens/jwt" },
    });
  });

  it.each([
    ["vault", "/var/run/secrets/vault.hashicorp.com/serviceaccount"],
    ["openbao", "/var/run/secrets/openbao.openbao.org/serviceaccount"],
  ] as const)("is mounted at a path of its own when no container mounts it, for %s", (flavour, mountPath) => {
    expect(find(podOf({}, { volumes: [volume] }), named("own", flavour))).toEqual({
      kind: "found",
      token: { mount: { name: "own", mountPath, readOnly: true }, tokenPath: `${mountPath}/jwt` },
    });
  });

  it.each([
    ["that does not exist", podOf(), 'failed to find service account volume "own"'],
    [
      "that is only mounted",
      podOf({}, { containers: [containerOf("app", { volumeMounts: [{ name: "own", mountPath: "/t" }] })] }),
      'failed to find volume "own" in Pod "web-1" volumes',
    ],
    [
      "that holds no token",
      podOf({}, { volumes: [{ name: "own", secret: { secretName: "x" } }] }),
      'failed to find tokenPath for projected volume "own"',
    ],
  ])("%s is refused", (__, pod, message) => {
    expect(find(pod, named("own"))).toEqual({ kind: "missing", message });
  });
});
