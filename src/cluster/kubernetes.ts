import {
  AdmissionregistrationV1Api,
  ApiException,
  CoordinationV1Api,
  CoreV1Api,
  createConfiguration,
  KubeConfig,
  ServerConfiguration,
  VersionApi,
} from "@kubernetes/client-node";
import { VERSION } from "../version.ts";
import { ClusterError, type ClusterErrorKind } from "./cluster-error.ts";

/** A call that has not been answered by then has failed: shorter than a leader's deadline to renew. */
const CALL_TIMEOUT_MILLISECONDS = 4000;

/** The clients of the few API groups that the webhook calls. */
export interface KubernetesApi {
  readonly config: KubeConfig;
  readonly core: CoreV1Api;
  readonly coordination: CoordinationV1Api;
  readonly admission: AdmissionregistrationV1Api;
  readonly version: VersionApi;
}

/**
 * Connects with the pod's service account, which kubelet keeps current in files. Nothing is sent yet.
 * The library behind this is large: import this file only when in a cluster.
 */
export function connectInCluster(): KubernetesApi {
  const config = new KubeConfig();
  config.loadFromCluster();
  return connect(config);
}

/** Connects as a kubeconfig says. */
export function connect(config: KubeConfig): KubernetesApi {
  const server = config.getCurrentCluster()?.server;
  if (server === undefined) throw new ClusterError("unavailable", "find the cluster's API server");
  const configuration = createConfiguration({
    baseServer: new ServerConfiguration(server, {}),
    authMethods: { default: config },
    promiseMiddleware: [
      {
        async pre(context) {
          context.setSignal(AbortSignal.timeout(CALL_TIMEOUT_MILLISECONDS));
          context.setHeaderParam("User-Agent", `keycard/${VERSION}`);
          return context;
        },
        async post(context) {
          return context;
        },
      },
    ],
  });
  return {
    config,
    core: new CoreV1Api(configuration),
    coordination: new CoordinationV1Api(configuration),
    admission: new AdmissionregistrationV1Api(configuration),
    version: new VersionApi(configuration),
  };
}

/** Makes a call and turns its failure into a `ClusterError`, of kind `unprocessable` for status 422. */
export async function call<T>(
  what: string,
  run: () => Promise<T>,
  unprocessable: ClusterErrorKind = "invalid",
): Promise<T> {
  try {
    return await run();
  } catch (error) {
    throw new ClusterError(kindOf(error, unprocessable), what, causeOf(error));
  }
}

/** As `call`; undefined when the object does not exist. */
export async function callForObject<T>(what: string, run: () => Promise<T>): Promise<T | undefined> {
  try {
    return await run();
  } catch (error) {
    if (error instanceof ApiException && error.code === 404) return undefined;
    throw new ClusterError(kindOf(error, "invalid"), what, causeOf(error));
  }
}

/** The API's own words, without the headers and the whole answer that the client's errors carry. */
function causeOf(error: unknown): unknown {
  if (!(error instanceof ApiException)) return error;
  return new Error(`HTTP ${error.code}: ${statusMessage(error.body)}`);
}

/** The message in a Status object, as the client leaves it: text that nobody has parsed. */
function statusMessage(body: unknown): string {
  try {
    const status: unknown = JSON.parse(String(body));
    if (typeof status === "object" && status !== null && "message" in status) return String(status.message);
  } catch {
    // Of a proxy on the way, perhaps.
  }
  return "no reason given";
}

function kindOf(error: unknown, unprocessable: ClusterErrorKind): ClusterErrorKind {
  if (!(error instanceof ApiException)) return "unavailable";
  switch (error.code) {
    case 401:
    case 403:
      return "forbidden";
    case 409:
      return "conflict";
    case 410:
      return "gone";
    case 422:
      return unprocessable;
    default:
      return "unavailable";
  }
}

/** What a cluster can do for pods, by its version. */
export interface ClusterFeatures {
  /** Init containers that keep running as sidecars: on by default since Kubernetes 1.29 (KEP-753). */
  readonly nativeSidecar: boolean;
  /** Variables whose values are read from files: on by default since 1.35 (KEP-3721). */
  readonly envFromFile: boolean;
  /** Pods that start anew in place at a container's exit code: on by default since 1.36 (KEP-5532). */
  readonly restartInPlace: boolean;
}

/** Asks the cluster for its version; its nodes may be older, but for a short while only. */
export async function readClusterFeatures(api: KubernetesApi): Promise<ClusterFeatures> {
  const { major, minor } = await call("read the cluster's version", () => api.version.getCode());
  const isSince = (since: number): boolean => Number(major) > 1 || Number.parseInt(minor, 10) >= since;
  return { nativeSidecar: isSince(29), envFromFile: isSince(35), restartInPlace: isSince(36) };
}
