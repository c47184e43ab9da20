import type { AgentConfig } from "../engines/native/agent-config.ts";
import type { Action } from "../leases/index.ts";
import type { Logger } from "./logger.ts";
import type { Metrics } from "./metrics.ts";
import { entryOf } from "./notify/audience.ts";
import type { Notifier } from "./notify/notifier.ts";
import { type Publication, publishAll } from "./publication.ts";
import type { Output } from "./publishing/publish.ts";
import type { Readings, Renderer } from "./rendering.ts";

type PublishAction = Extract<Action, { readonly kind: "publish" }>;

/** Puts the files on disk, and sees to what has to follow a change of theirs. */
export interface Publisher {
  /**
   * @param token undefined: nobody is logged in.
   * @param first nothing of this pod was published before: nobody has to be told.
   */
  publish(action: PublishAction, readings: Readings, token: string | undefined, first: boolean): Publication;
  /** Commands of the pod that are running. */
  readonly running: ReadonlySet<Promise<void>>;
}

export interface PublisherOptions {
  readonly config: AgentConfig;
  readonly mode: "once" | "serve";
  readonly renderer: Renderer;
  readonly notifier: Notifier;
  readonly metrics: Metrics;
  readonly log: Logger;
  /** Told of each file or template that could not be published. */
  readonly failed: (action: PublishAction, error: unknown) => void;
  /** A command ended. */
  readonly commandEnded: () => void;
}

export function createPublisher(options: PublisherOptions): Publisher {
  const { config, mode, renderer, notifier, metrics, log } = options;
  const running = new Set<Promise<void>>();

  function run(name: string, command: string): void {
    const underWay = notifier.run(name, command);
    running.add(underWay);
    void underWay.finally(() => {
      running.delete(underWay);
      options.commandEnded();
    });
  }

  function follow(changed: readonly Output[], first: boolean): void {
    if (changed.length === 0) return;
    metrics.count("publications");
    log.info("files-changed", { files: changed.map((output) => output.path).join(" ") });
    for (const output of changed) {
      if (output.kind === "file" && output.command !== undefined) run(output.name, output.command);
    }
    if (mode === "serve" && !first) notifier.changed(changed.map((output) => entryOf(output, config)));
  }

  return {
    running,
    publish(action, readings, token, first) {
      const publication = publishAll({ config, renderer, readings, shown: action.readings, token });
      for (const { name, error } of publication.failures) {
        log.debug("publication-failed", { secret: name });
        options.failed(action, error);
      }
      follow(publication.changed, first);
      return publication;
    },
  };
}
