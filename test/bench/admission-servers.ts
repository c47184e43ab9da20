/** The servers of `bench:admission`, each pinned to one core where the system can. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync } from "node:fs";
import { connect, createServer } from "node:net";
import { createInterface } from "node:readline";
import { setTimeout as delay } from "node:timers/promises";

const WEBHOOK = new URL("../../dist/keycard.js", import.meta.url).pathname;
const BARE = new URL("admission-bare-server.ts", import.meta.url).pathname;
const VAULT_ADDRESS = "https://vault.vault.svc:8200";

export interface Server extends AsyncDisposable {
  readonly name: string;
  readonly port: number;
  /** CPU time used so far, user and system, in seconds. */
  cpuSeconds(): number;
}

/** Files of the certificate and key that all servers have. */
export interface Certificate {
  readonly certificate: string;
  readonly key: string;
}

/** Command line pinned to a core, where the system can. */
export function pinned(core: number, command: readonly string[]): [string, string[]] {
  const [first = "", ...rest] = existsSync("/usr/bin/taskset")
    ? ["/usr/bin/taskset", "-c", String(core), ...command]
    : command;
  return [first, rest];
}

/** `keycard webhook`; `nodeOptions`: flags for its node. */
export function startWebhook({ certificate, key }: Certificate, nodeOptions: string): Promise<Server> {
  const env = {
    AGENT_INJECT_LISTEN: "127.0.0.1:0",
    AGENT_INJECT_VAULT_ADDR: VAULT_ADDRESS,
    AGENT_INJECT_TLS_CERT_FILE: certificate,
    AGENT_INJECT_TLS_KEY_FILE: key,
    KEYCARD_SHUTDOWN_DELAY: "0s",
    NODE_OPTIONS: nodeOptions,
  };
  return start("webhook", [process.execPath, WEBHOOK, "webhook"], env, (line) => {
    const { event, port } = JSON.parse(line);
    return event === "listening" ? port : undefined;
  });
}

/** The floor; `answers`: a file of what it answers, one a line. */
export function startBare({ certificate, key }: Certificate, answers: string): Promise<Server> {
  return start("bare", [process.execPath, BARE, certificate, key, answers], {}, Number);
}

/**
 * vault-k8s as it runs in a cluster, with certificate files. It refuses to run anywhere else, so it gets a token of
 * a service account in a mount namespace of its own, and an API server that is not there.
 */
export async function startVaultK8s(binary: string, { certificate, key }: Certificate): Promise<Server> {
  const folder = "/var/run/secrets/kubernetes.io/serviceaccount";
  const script = `mount -t tmpfs tmpfs /var/run && mkdir -p ${folder} && echo none > ${folder}/token && exec "$@"`;
  const port = await freePort();
  const flags = ["-listen", `127.0.0.1:${port}`, "-tls-cert-file", certificate, "-tls-key-file", key];
  const command = [
    "unshare",
    "--mount",
    "--map-root-user",
    "sh",
    "-c",
    script,
    "sh",
    binary,
    "agent-inject",
    ...flags,
  ];
  const env = {
    AGENT_INJECT_VAULT_ADDR: VAULT_ADDRESS,
    KUBERNETES_SERVICE_HOST: "127.0.0.1",
    KUBERNETES_SERVICE_PORT: "1",
    GOMAXPROCS: "1",
  };
  const server = await start("vault-k8s", command, env, (line) =>
    line.startsWith("Listening") ? port : undefined,
  );
  await reachable(port);
  return server;
}

/** Starts a program and waits for a line of its output that tells the port. */
async function start(
  name: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv,
  portIn: (line: string) => number | undefined,
): Promise<Server> {
  const [command, words] = pinned(1, args);
  const child = spawn(command, words, {
    env: { ...process.env, ...env },
    stdio: ["ignore", "pipe", name === "vault-k8s" ? "ignore" : "inherit"],
  });
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  // Read to the end: a full pipe would hold the server up.
  createInterface(child.stdout).on("line", (line) => {
    const port = portIn(line);
    if (port !== undefined) resolve(port);
  });
  child.once("error", reject);
  child.once("exit", (code) => reject(new Error(`${name} ended with ${code} before it listened`)));
  const port = await promise;
  return {
    name,
    port,
    cpuSeconds() {
      const fields = readFileSync(`/proc/${child.pid}/stat`, "utf8").split(") ")[1]?.split(" ") ?? [];
      // proc(5): utime and stime are fields 14 and 15, in ticks of 10 ms.
      return (Number(fields[11]) + Number(fields[12])) / 100;
    },
    async [Symbol.asyncDispose]() {
      child.kill(name === "vault-k8s" ? "SIGKILL" : "SIGTERM");
      await once(child, "exit");
    },
  };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  return typeof address === "object" && address ? address.port : 0;
}

async function reachable(port: number): Promise<void> {
  for (;;) {
    const socket = connect(port, "127.0.0.1");
    const isOpen = await once(socket, "connect").then(
      () => true,
      () => false,
    );
    socket.destroy();
    if (isOpen) return;
    await delay(50);
  }
}
