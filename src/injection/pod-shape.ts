import { isJsonObject } from "../json.ts";

type Check = (value: unknown, path: string) => string | undefined;

const text: Check = (value, path) => (typeof value === "string" ? undefined : `${path} must be text`);
const number: Check = (value, path) => (typeof value === "number" ? undefined : `${path} must be a number`);
const flag: Check = (value, path) =>
  typeof value === "boolean" ? undefined : `${path} must be true or false`;

/** Fields that are looked at, each optional (and, as in Go, null for absent) unless it is `required`. */
function object(fields: Readonly<Record<string, Check>>, required: readonly string[] = []): Check {
  const checks = Object.entries(fields);
  return (value, path) => {
    if (!isJsonObject(value)) {
      return `${path} must be an object`;
    }
    for (const [name, check] of checks) {
      const field = Object.hasOwn(value, name) ? value[name] : undefined;
      if (field === undefined || field === null) {
        if (required.includes(name)) {
          return `${path}.${name} is missing`;
        }
        continue;
      }
      const wrong = check(field, `${path}.${name}`);
      if (wrong !== undefined) {
        return wrong;
      }
    }
    return undefined;
  };
}

function list(item: Check): Check {
  return (value, path) => {
    if (!Array.isArray(value)) {
      return `${path} must be a list`;
    }
    for (const [index, element] of value.entries()) {
      const wrong = item(element, `${path}[${index}]`);
      if (wrong !== undefined) {
        return wrong;
      }
    }
    return undefined;
  };
}

const texts: Check = (value, path) => {
  if (!isJsonObject(value)) {
    return `${path} must be an object`;
  }
  for (const key in value) {
    if (typeof value[key] !== "string") {
      return `${path}[${JSON.stringify(key)}] must be text: put the value in quotes`;
    }
  }
  return undefined;
};

const container = object(
  {
    name: text,
    env: list(object({ name: text, value: text }, ["name"])),
    volumeMounts: list(object({ name: text, mountPath: text }, ["name", "mountPath"])),
    securityContext: object({ runAsUser: number }),
    restartPolicy: text,
  },
  ["name"],
);

const volume = object(
  {
    name: text,
    projected: object({
      sources: list(object({ serviceAccountToken: object({ path: text, audience: text }) })),
    }),
  },
  ["name"],
);

const podMetadata = object({ metadata: object({ annotations: texts }) });

const spec = object(
  {
    containers: list(container),
    initContainers: list(container),
    volumes: list(volume),
    shareProcessNamespace: flag,
    hostNetwork: flag,
    hostPID: flag,
    os: object({ name: text }),
    terminationGracePeriodSeconds: number,
    securityContext: object({ runAsUser: number }),
  },
  ["containers"],
);

const podSpec = object({ spec, status: object({ phase: text }) }, ["spec"]);

/** What is wrong with a pod's metadata, or undefined. Checked before its annotations are read. */
export function wrongMetadata(pod: unknown): string | undefined {
  return podMetadata(pod, "pod");
}

/** What is wrong with the part of a pod's spec that injection looks at, or undefined. */
export function wrongSpec(pod: unknown): string | undefined {
  return podSpec(pod, "pod");
}
