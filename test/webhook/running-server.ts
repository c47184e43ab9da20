import { Agent, type RequestOptions, request } from "node:https";
import { Registry } from "prom-client";
import { createAuthority, issueServingCertificate } from "../../src/certs/authority.ts";
import type { InjectionOutcome } from "../../src/injection/outcome.ts";
import { createAdmitter, type Mutation } from "../../src/webhook/admitter.ts";
import { createLogger } from "../../src/webhook/log.ts";
import { admissionMetrics } from "../../src/webhook/metrics.ts";
import {
  createWebhookServer,
  type WebhookServer,
  type WebhookServerOptions,
} from "../../src/webhook/server.ts";

const validity = { now: new Date(), lifetimeDays: 1 };
const authority = await createAuthority(validity);
const serving = await issueServingCertificate(authority, { ...validity, hosts: ["127.0.0.1"] });

export const PATCH = [{ op: "add", path: "/metadata/labels", value: { a: "ü" } }] as const;

export const INJECTED: InjectionOutcome = {
  kind: "injected",
  patch: PATCH,
  warnings: [],
  summary: { engine: "native", mode: "init_and_sidecar", secrets: 1, containers: ["app"] },
};

const NO_CONTEXT = {};

export const LIMITS = {
  bodyLimit: 64 * 1024,
  headersTimeout: 5000,
  requestTimeout: 5000,
  handlerTimeout: 5000,
  keepAliveTimeout: 5000,
};

export interface Reply {
  readonly status: number;
  readonly headers: NodeJS.Dict<string | string[]>;
  readonly text: string;
  json(): unknown;
}

export interface RunningServer extends AsyncDisposable {
  readonly server: WebhookServer;
  readonly port: number;
  readonly registry: Registry;
  /** Log lines so far, parsed. */
  readonly lines: Record<string, unknown>[];
  send(path: string, options?: RequestOptions, body?: string | Buffer): Promise<Reply>;
  review(body: unknown): Promise<Reply>;
}

/** A webhook server on a free port of the loopback, with a mutation of the test's choice. */
export async function runningServer(
  decide: Mutation["decide"],
  options: Partial<WebhookServerOptions> & { readonly dropIn?: boolean } = {},
): Promise<RunningServer> {
  const lines: Record<string, unknown>[] = [];
  const log = createLogger("debug", { write: (line) => lines.push(JSON.parse(line)) });
  const registry = new Registry();
  const server = createWebhookServer({
    tls: { cert: serving.certificate, key: serving.privateKey },
    limits: LIMITS,
    admit: createAdmitter({ decide, contextOf: () => NO_CONTEXT }),
    health: { notReady: () => [], notLive: () => [] },
    log,
    metrics: admissionMetrics(registry, options.dropIn ?? false),
    telemetry: { path: "/metrics", registry },
    now: () => performance.now(),
    ...options,
  });
  const { port } = await server.listen("127.0.0.1", 0);
  const agent = new Agent({ ca: authority.certificate, keepAlive: true });
  const send: RunningServer["send"] = (path, requestOptions = {}, body) =>
    sendRequest({ host: "127.0.0.1", port, path, agent, ...requestOptions }, body);
  return {
    server,
    port,
    registry,
    lines,
    send,
    review: (body) =>
      send(
        "/mutate?timeout=10s",
        { method: "POST", headers: { "content-type": "application/json" } },
        JSON.stringify(body),
      ),
    async [Symbol.asyncDispose]() {
      agent.destroy();
      await server.close(0);
    },
  };
}

function sendRequest(options: RequestOptions, body: string | Buffer | undefined): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const sent = request(options, (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("error", reject);
      response.on("end", () => {
        const text = Buffer.concat(chunks).toString("utf8");
        const { statusCode: status = 0, headers } = response;
        resolve({ status, headers, text, json: () => JSON.parse(text) });
      });
    });
    sent.on("error", reject);
    sent.end(body);
  });
}

/** An AdmissionReview as an API server sends it. */
export function reviewOf(pod: unknown, apiVersion = "admission.k8s.io/v1"): Record<string, unknown> {
  return {
    kind: "AdmissionReview",
    apiVersion,
    request: { uid: "uid-1", namespace: "shop", operation: "CREATE", object: pod },
  };
}
