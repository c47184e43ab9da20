import { describe, expect, it } from "vitest";
import { ClusterError } from "../../src/cluster/cluster-error.ts";
import { type NamespaceEvent, type NamespaceFeed, watchNamespaces } from "../../src/cluster/namespaces.ts";
import { FakeClock } from "./fake-clock.ts";

interface Feed extends NamespaceFeed {
  annotations: Record<string, string>;
  down: boolean;
  lists: number;
  emit: (event: NamespaceEvent) => void;
  end: (error?: unknown) => void;
}

/** A feed whose list always knows Namespace `shop`, and whose watch goes on until the test ends it. */
function feed(): Feed {
  const self: Feed = {
    annotations: { "keycard.dev/role": "app", "other.example/x": "y" },
    down: false,
    lists: 0,
    emit: () => {},
    end: () => {},
    async list() {
      self.lists++;
      if (self.down) throw new ClusterError("unavailable", "list");
      return { namespaces: [{ name: "shop", annotations: self.annotations }], resourceVersion: "1" };
    },
    watch(_version, onEvent, signal) {
      return new Promise((resolve, reject) => {
        self.emit = onEvent;
        self.end = (error) => (error === undefined ? resolve("2") : reject(error));
        signal.addEventListener("abort", () => resolve("2"), { once: true });
      });
    },
  };
  return self;
}

function start(source: Feed, clock: FakeClock) {
  const problems: unknown[] = [];
  const recovered: unknown[] = [];
  const watch = watchNamespaces({
    feed: source,
    prefixes: ["keycard.dev/"],
    clock,
    onProblem: (error) => problems.push(error),
    onRecovered: (error) => recovered.push(error),
  });
  return { watch, problems, recovered };
}

const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe("annotations of Namespaces", () => {
  it("are known from the list, only those under our prefixes", async () => {
    const { watch } = start(feed(), new FakeClock());
    expect(watch.isListed()).toBe(false);
    await settle();
    expect(watch.isListed()).toBe(true);
    expect(watch.annotationsOf("shop")).toEqual({ "keycard.dev/role": "app" });
    expect(watch.annotationsOf("unknown")).toEqual({});
    expect(watch.annotationsOf("__proto__")).toEqual({});
    await watch.stop();
  });

  it("follow changes and deletions", async () => {
    const source = feed();
    const { watch } = start(source, new FakeClock());
    await settle();
    source.emit({
      kind: "changed",
      namespace: { name: "shop", annotations: { "keycard.dev/role": "other" } },
    });
    expect(watch.annotationsOf("shop")).toEqual({ "keycard.dev/role": "other" });
    source.emit({ kind: "deleted", namespace: { name: "shop", annotations: {} } });
    expect(watch.annotationsOf("shop")).toEqual({});
    await watch.stop();
  });

  it("are watched on without a new list when the stream merely ends", async () => {
    const source = feed();
    const { watch, problems } = start(source, new FakeClock());
    await settle();
    source.end();
    await settle();
    source.emit({ kind: "deleted", namespace: { name: "shop", annotations: {} } });
    expect(watch.annotationsOf("shop")).toEqual({});
    expect(source.lists).toBe(1);
    expect(problems).toEqual([]);
    await watch.stop();
  });

  it("are listed again when the version is too old, which drops what is gone", async () => {
    const source = feed();
    const clock = new FakeClock();
    const { watch } = start(source, clock);
    await settle();
    source.annotations = {};
    source.end(new ClusterError("gone", "watch"));
    await clock.asleep(1);
    await clock.advance(1000, 0);
    await settle();
    expect(source.lists).toBe(2);
    expect(watch.annotationsOf("shop")).toEqual({});
    await watch.stop();
  });

  it("stay known, and count as stale after minutes, while the API is away", async () => {
    const source = feed();
    const clock = new FakeClock();
    const { watch, problems, recovered } = start(source, clock);
    await settle();
    source.down = true;
    source.end(new ClusterError("unavailable", "watch"));
    await clock.advance(600_000, 1);
    expect(watch.annotationsOf("shop")).toEqual({ "keycard.dev/role": "app" });
    expect([watch.isCurrent(), watch.isStuck()]).toEqual([false, false]);
    // Backing off: a minute between tries, not a second.
    expect(source.lists).toBeLessThan(25);
    expect(problems.map(String)).toEqual([
      expect.stringContaining("Cannot watch"),
      expect.stringContaining("Cannot list"),
    ]);
    source.down = false;
    await clock.advance(60_000, 0);
    await settle();
    expect(watch.isCurrent()).toBe(true);
    source.emit({ kind: "changed", namespace: { name: "shop", annotations: {} } });
    expect(recovered).toEqual(problems.slice(-1));
    await watch.stop();
  });

  it("are stuck when a watch neither ends nor fails for a quarter of an hour", async () => {
    const clock = new FakeClock();
    const { watch } = start(feed(), clock);
    await settle();
    await clock.advance(16 * 60_000, 0);
    expect(watch.isStuck()).toBe(true);
    await watch.stop();
  });
});
