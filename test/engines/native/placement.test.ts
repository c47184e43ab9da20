import { describe, expect, it } from "vitest";
import { agentPosition } from "../../../src/engines/native/placement.ts";

const sidecar = (name: string): { name: string; restartPolicy: string } => ({
  name,
  restartPolicy: "Always",
});
const init = (name: string): { name: string } => ({ name });

describe("the agent goes in front of the pod's init containers", () => {
  it.each([
    ["none", [], 0],
    ["the pod's own", [init("migrate")], 0],
    ["behind a mesh's native sidecar", [init("istio-init"), sidecar("istio-proxy"), init("migrate")], 2],
    ["behind linkerd's", [init("linkerd-init"), sidecar("linkerd-proxy"), init("a")], 2],
    ["but not behind a mesh's init container alone", [init("istio-init"), init("migrate")], 0],
    ["nor behind a mesh that does not lead", [init("migrate"), sidecar("istio-proxy")], 0],
    ["nor behind a sidecar of the pod's own", [sidecar("logs"), init("migrate")], 0],
    ["what follows the mesh's sidecar", [sidecar("istio-proxy"), init("istio-validation"), init("a")], 1],
  ])("%s", (_, containers, position) => {
    expect(agentPosition(containers, false)).toBe(position);
  });

  it("first of all when asked to", () => {
    expect(agentPosition([init("istio-init"), sidecar("istio-proxy")], true)).toBe(0);
  });
});
