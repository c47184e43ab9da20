import { readFile } from "node:fs/promises";
import { Agent, request } from "node:https";
import { setTimeout as delay } from "node:timers/promises";
import { parse } from "yaml";
import { groundContext } from "./context.ts";
import { KEYCARD } from "./installation.ts";
import type { KubernetesObject } from "./kubectl.ts";

/** What became of pods that were created one after the other. */
export interface StreamResult {
  /** Pods that the API server took. */
  readonly admitted: number;
  /** Why it did not take one, where that was Keycard's doing. */
  readonly refused: readonly string[];
  /** Of those it took, pods that had no agent. */
  readonly withoutAgent: number;
}

export interface PodStream {
  /** So far. */
  admitted(): number;
  /** Ends the stream after the pods under way. */
  stop(): Promise<StreamResult>;
}

/**
 * Creates pods as fast as some clients at once can, by dry run: everything is asked and checked, nothing stored.
 * A client waits for an API server that is away, as every controller does.
 */
export async function streamPods(namespace: string, pod: KubernetesObject, clients = 4): Promise<PodStream> {
  const api = await apiServer();
  const refused: string[] = [];
  let admitted = 0;
  let withoutAgent = 0;
  let running = true;
  const path = `/api/v1/namespaces/${namespace}/pods?dryRun=All`;

  const client = async (): Promise<void> => {
    while (running) {
      const { status, body } = await api.post(path, JSON.stringify(pod));
      if (status === 201) {
        admitted += 1;
        if (!isInjected(JSON.parse(body) as KubernetesObject)) withoutAgent += 1;
      } else if (isOurs(body)) {
        refused.push(body);
      } else {
        await delay(100);
      }
    }
  };
  const all = Promise.all(Array.from({ length: clients }, client));
  return {
    admitted: () => admitted,
    async stop() {
      running = false;
      await all;
      return { admitted, refused, withoutAgent };
    },
  };
}

function isInjected({ spec }: KubernetesObject & { readonly spec?: KubernetesObject }): boolean {
  const containers: readonly { readonly name: string }[] = spec?.["initContainers"] ?? [];
  return ["keycard-init", "keycard-agent"].every((name) => containers.some((each) => each.name === name));
}

/** Whether an answer tells of our webhook or policy, and not of an API server that is starting. */
function isOurs(body: string): boolean {
  return body.includes("pods.keycard.dev") || body.includes(`ValidatingAdmissionPolicy '${KEYCARD}'`);
}

interface Answer {
  /** 0: there was none. */
  readonly status: number;
  readonly body: string;
}

/** The API server by the kubeconfig's address and certificates, over connections that stay open. */
async function apiServer(): Promise<{ post(path: string, body: string): Promise<Answer> }> {
  const config = parse(await readFile(groundContext().kubeconfig, "utf8"));
  const decode = (text: string): Buffer => Buffer.from(text, "base64");
  const { cluster } = config.clusters[0];
  const { user } = config.users[0];
  const agent = new Agent({
    keepAlive: true,
    ca: decode(cluster["certificate-authority-data"]),
    cert: decode(user["client-certificate-data"]),
    key: decode(user["client-key-data"]),
  });
  const headers = { "content-type": "application/json", accept: "application/json" };
  return {
    post: (path, body) =>
      new Promise((resolve) => {
        const sent = request(new URL(path, cluster.server), {
          method: "POST",
          headers,
          agent,
          timeout: 15_000,
        });
        sent.on("response", async (response) => {
          const chunks: Buffer[] = [];
          try {
            for await (const chunk of response) chunks.push(chunk as Buffer);
            resolve({ status: response.statusCode ?? 0, body: Buffer.concat(chunks).toString("utf8") });
          } catch {
            resolve({ status: 0, body: "" });
          }
        });
        sent.on("timeout", () => sent.destroy());
        sent.on("error", (error) => resolve({ status: 0, body: error.message }));
        sent.end(body);
      }),
  };
}
