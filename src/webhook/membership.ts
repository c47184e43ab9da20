import type { Clock } from "../cluster/clock.ts";
import { ClusterError } from "../cluster/cluster-error.ts";
import { type Election, type Leadership, soleReplica, startElection } from "../cluster/election.ts";
import { type ClusterFeatures, connectInCluster, readClusterFeatures } from "../cluster/kubernetes.ts";
import { configMapLock, leaseLock } from "../cluster/kubernetes-locks.ts";
import { namespaceFeed } from "../cluster/kubernetes-namespaces.ts";
import { namedRegistration } from "../cluster/kubernetes-registration.ts";
import { namedSecret } from "../cluster/kubernetes-secret.ts";
import { memorySecret } from "../cluster/memory-secret.ts";
import { type NamespaceAnnotations, watchNamespaces } from "../cluster/namespaces.ts";
import type { SecretStore, WebhookRegistration } from "../cluster/objects.ts";
import type { ProblemEvents } from "../cluster/trouble.ts";
import { KeycardError } from "../errors.ts";
import type { ServerSettings } from "../settings/webhook.ts";
import type { ProblemPart } from "./cluster-metrics.ts";

/** A replica's place in its cluster. */
export interface Membership {
  readonly leadership: Leadership;
  /** Where our own authority is kept. */
  readonly secret: SecretStore;
  /** Undefined: no registration is to be kept current. */
  readonly registration: WebhookRegistration | undefined;
  /** Undefined: Namespaces are not watched. */
  readonly namespaces: NamespaceAnnotations | undefined;
  features(): Promise<ClusterFeatures>;
  /** Gives up leadership and ends the watch. */
  leave(): Promise<void>;
}

/** What a member reports, by part. */
export interface MembershipEvents {
  readonly onLeadership: (isLeader: boolean) => void;
  readonly problems: (part: ProblemPart) => ProblemEvents;
}

/**
 * Joins the cluster that the process runs in. Nothing here waits for the Kubernetes API but one read of the
 * Secret, within seconds.
 */
export async function joinCluster(
  settings: ServerSettings,
  annotationPrefixes: readonly string[],
  clock: Clock,
  events: MembershipEvents,
): Promise<Membership> {
  const api = connectInCluster();
  const { namespace } = settings;
  const lockOf = settings.leaderLock === "lease" ? leaseLock : configMapLock;
  const election: Election | undefined = settings.useLeaderElector
    ? startElection({
        lock: lockOf(api, namespace, settings.leaderLockName),
        identity: identityOf(settings),
        clock,
        ...events.problems("election"),
      })
    : undefined;
  election?.onChange(() => events.onLeadership(election.isLeader()));
  const namespaces = settings.watchNamespaces
    ? watchNamespaces({
        feed: namespaceFeed(api),
        prefixes: annotationPrefixes.map((prefix) => `${prefix}/`),
        clock,
        ...events.problems("namespaces"),
      })
    : undefined;
  return {
    leadership: election ?? soleReplica,
    secret: await secretFor(namedSecret(api, namespace, settings.certSecret), settings, events),
    registration: settings.tlsAuto === "" ? undefined : namedRegistration(api, settings.tlsAuto),
    namespaces,
    features: () => readClusterFeatures(api),
    async leave() {
      await Promise.all([election?.stop(), namespaces?.stop()]);
    },
  };
}

function identityOf({ podName }: ServerSettings): string {
  if (podName === "") {
    throw new KeycardError("KEYCARD_NO_POD_NAME", "An election needs the pod's name: set POD_NAME to it.");
  }
  return podName;
}

/**
 * The Vault Agent Injector's chart grants a single replica no Secret: its authority then lives in memory, and a
 * restart is a change of authority. Several replicas cannot do without the Secret.
 */
async function secretFor(
  secret: SecretStore,
  settings: ServerSettings,
  events: MembershipEvents,
): Promise<SecretStore> {
  if (settings.useLeaderElector || settings.tlsCertFile !== "") return secret;
  try {
    await secret.read();
  } catch (error) {
    // Others may pass; whoever uses the Secret tells them.
    if (error instanceof ClusterError && error.kind === "forbidden") {
      events.problems("certificates").onProblem(error);
      return memorySecret();
    }
  }
  return secret;
}
