import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { certificateFile } from "./certificates.ts";
import { API_PORT, type ClusterLayout, HOST_ADDRESS } from "./layout.ts";

/** The kubeconfig of a component, or, for `admin`, of the person who runs kubectl. */
export function kubeconfigFile(layout: ClusterLayout, client: string): string {
  return client === "admin" ? layout.kubeconfig : join(layout.certificates, `${client}.kubeconfig`);
}

/** Writes the kubeconfig of one client, its certificate and key inside. */
export async function writeKubeconfig(layout: ClusterLayout, client: string): Promise<void> {
  const base64 = async (name: string, kind: "crt" | "key"): Promise<string> =>
    (await readFile(certificateFile(layout, name, kind))).toString("base64");
  // JSON is YAML, and needs no quoting rules.
  const config = {
    apiVersion: "v1",
    kind: "Config",
    "current-context": "keycard",
    clusters: [
      {
        name: "keycard",
        cluster: {
          server: `https://${HOST_ADDRESS}:${API_PORT}`,
          "certificate-authority-data": await base64("ca", "crt"),
        },
      },
    ],
    users: [
      {
        name: client,
        user: {
          "client-certificate-data": await base64(client, "crt"),
          "client-key-data": await base64(client, "key"),
        },
      },
    ],
    contexts: [{ name: "keycard", context: { cluster: "keycard", user: client } }],
  };
  await writeFile(kubeconfigFile(layout, client), `${JSON.stringify(config, null, 2)}\n`, { mode: 0o600 });
}
