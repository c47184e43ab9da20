import { Watch } from "@kubernetes/client-node";
import { ClusterError } from "./cluster-error.ts";
import { call, type KubernetesApi } from "./kubernetes.ts";
import type { NamespaceFeed, NamespaceObject } from "./namespaces.ts";

/** What the watch stream carries of a Namespace, or of a Status when the stream ends with an error. */
interface WatchedObject {
  readonly code?: number;
  readonly metadata?: {
    readonly name?: string;
    readonly resourceVersion?: string;
    readonly annotations?: Readonly<Record<string, string>>;
  };
}

const PAGE = 500;

/** Lists and watches Namespaces; needs the verbs list and watch on them. */
export function namespaceFeed({ core, config }: KubernetesApi): NamespaceFeed {
  return {
    async list() {
      const namespaces: NamespaceObject[] = [];
      let position: string | undefined;
      let resourceVersion = "";
      do {
        const options = { limit: PAGE, ...(position === undefined ? {} : { _continue: position }) };
        const page = await call("list Namespaces", () => core.listNamespace(options));
        for (const item of page.items) namespaces.push(objectOf(item));
        resourceVersion = page.metadata?.resourceVersion ?? "";
        position = page.metadata?._continue || undefined;
      } while (position !== undefined);
      return { namespaces, resourceVersion };
    },
    async watch(from, onEvent, signal) {
      let version = from;
      let failure: ClusterError | undefined;
      const onLine = (kind: string, object: WatchedObject): void => {
        if (kind === "ERROR") {
          failure = new ClusterError(object.code === 410 ? "gone" : "unavailable", "watch Namespaces");
          return;
        }
        version = object.metadata?.resourceVersion ?? version;
        if (kind === "BOOKMARK") return;
        onEvent({ kind: kind === "DELETED" ? "deleted" : "changed", namespace: objectOf(object) });
      };
      const silent = await streamed(new Watch(config), version, onLine, signal);
      if (failure) throw failure;
      // Nothing to report, or nobody to report it? A small question tells.
      if (silent && !signal.aborted) await call("list Namespaces", () => core.listNamespace({ limit: 1 }));
      return version;
    },
  };
}

/** Runs one watch request to its end; resolves to whether the client ended it after 30 seconds of silence. */
async function streamed(
  watch: Watch,
  resourceVersion: string,
  onLine: (kind: string, object: WatchedObject) => void,
  signal: AbortSignal,
): Promise<boolean> {
  const query = { resourceVersion, allowWatchBookmarks: true, timeoutSeconds: 300 };
  const { promise, resolve, reject } = Promise.withResolvers<boolean>();
  const request = await watch.watch("/api/v1/namespaces", query, onLine, (error: unknown) => {
    const silent = error instanceof DOMException && error.name === "TimeoutError";
    if (!error || silent || signal.aborted) resolve(silent);
    else
      reject(new ClusterError(isForbidden(error) ? "forbidden" : "unavailable", "watch Namespaces", error));
  });
  const abort = (): void => request.abort();
  signal.addEventListener("abort", abort, { once: true });
  if (signal.aborted) abort();
  return promise.finally(() => signal.removeEventListener("abort", abort));
}

function isForbidden(error: unknown): boolean {
  return error instanceof Error && "statusCode" in error && error.statusCode === 403;
}

function objectOf({ metadata }: WatchedObject): NamespaceObject {
  return { name: metadata?.name ?? "", annotations: metadata?.annotations ?? {} };
}
