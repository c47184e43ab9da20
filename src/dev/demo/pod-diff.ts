import { stringify } from "yaml";
import { unifiedDiff } from "../../cli/inject/line-diff.ts";
import type { Container, Pod, Volume } from "../../injection/pod.ts";

/**
 * What a webhook changed in a pod, as the lines of a diff. It compares digests, a line for each thing, so that
 * the shape fits a screen; `keycard inject --diff` shows every field.
 */
export function podDiff(before: Pod, after: Pod): readonly string[] {
  const change = { before: stringify(digest(before), FORMAT), after: stringify(digest(after), FORMAT) };
  return unifiedDiff([change], `pod/${before.metadata?.name}`).trimEnd().split("\n");
}

const FORMAT = { lineWidth: 0 };

function digest({ spec, metadata }: Pod) {
  return {
    annotations: Object.keys(metadata?.annotations ?? {}),
    initContainers: (spec.initContainers ?? []).map(digestContainer),
    containers: spec.containers.map(digestContainer),
    volumes: (spec.volumes ?? []).map(digestVolume),
  };
}

function digestContainer(container: Container) {
  const command = [...(container.command ?? []), ...(container.args ?? [])].join(" ");
  const restart =
    container.restartPolicy === undefined ? "" : `, restarts ${container.restartPolicy.toLowerCase()}`;
  return {
    [container.name]: {
      runs: `${container.image}: ${command}${restart}`,
      env: (container.env ?? []).map(({ name }) => name).join(" "),
      mounts: (container.volumeMounts ?? []).map(
        (mount) => `${mount.name} at ${mount.mountPath}${mount.readOnly ? ", read-only" : ""}`,
      ),
    },
  };
}

function digestVolume({ name, emptyDir }: Volume): string {
  return emptyDir?.medium === "Memory" ? `${name}, in memory, ${emptyDir.sizeLimit}` : name;
}
