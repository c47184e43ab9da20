/** Tells a person what has been done, one line each. */
export type Progress = (line: string) => void;

export interface DaemonStatus {
  readonly name: string;
  readonly running: boolean;
}

/** A real Kubernetes cluster that tests may do with as they like. */
export interface TestCluster {
  readonly kind: "host" | "kind";
  /** kubectl's configuration of a cluster administrator. */
  readonly kubeconfig: string;
  /** The kubectl to use: as new as the cluster. */
  readonly kubectl: string;
  /** Where pods reach servers that listen on this host. */
  readonly hostAddress: string;
  /** Starts what does not run yet, and returns when pods can start. */
  up(progress: Progress): Promise<void>;
  /** Ends and removes everything that `up` made. */
  down(progress: Progress): Promise<void>;
  /** Empty when the cluster was never started. */
  status(): Promise<readonly DaemonStatus[]>;
  /** Makes the image in an OCI archive known to the node. */
  importImage(archive: string): Promise<void>;
  /** Kills the process of a container, as the kernel does that is out of memory. */
  killContainer(id: string): Promise<void>;
  /** Ends the API server and starts it again; returns when it is ready. */
  restartApiServer(): Promise<void>;
}
