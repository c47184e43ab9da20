# Keycard: webhook and agent in one image without shell or package manager.
#   docker buildx build --platform linux/amd64,linux/arm64 --tag registry.example.com/keycard:0.1.0 --push .
# The same commit gives the same layers on builders of the same platform: dependencies are locked, SOURCE_DATE_EPOCH
# sets every time, and buildx's rewrite-timestamp applies it:
#   SOURCE_DATE_EPOCH=0 docker buildx build --output type=oci,dest=keycard.tar,rewrite-timestamp=true .
# `npm run image` makes the same image without Docker, for the platform it runs on.

ARG NODE_VERSION=24.21.0

# The bundles are the same for every platform: built once, on the builder's own. Only the agent's code caches are
# that platform's; on another the agent starts without.
FROM --platform=$BUILDPLATFORM docker.io/library/node:${NODE_VERSION}-bookworm-slim AS build
WORKDIR /build
COPY package.json package-lock.json .npmrc ./
RUN npm ci --ignore-scripts --no-audit --no-fund
COPY tsconfig.json ./
COPY scripts ./scripts
COPY src ./src
RUN npm run build --silent \
 && node scripts/image/main.ts --sbom-only dist/sbom.cdx.json \
 && install -m 0755 scripts/image/entry.cjs dist/entry.cjs \
 && mkdir bin \
 && ln -s /keycard/entry.cjs bin/keycard

# Node's own image is Debian, and so is what distroless has of it: glibc, libstdc++, CA certificates, no shell.
FROM docker.io/library/node:${NODE_VERSION}-bookworm-slim AS node

FROM gcr.io/distroless/cc-debian12:nonroot
LABEL org.opencontainers.image.title="Keycard" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.base.name="gcr.io/distroless/cc-debian12:nonroot"
COPY --from=node /usr/local/bin/node /usr/local/bin/node
COPY --from=build /build/dist /keycard
COPY --from=build /build/bin /usr/local/bin
COPY LICENSE /keycard/
ENV NODE_ENV=production
USER 65532:65532
ENTRYPOINT ["/usr/local/bin/node", "/keycard/entry.cjs"]
