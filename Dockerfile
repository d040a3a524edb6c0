# Builds the program, then leaves everything but it behind: the image has no shell, no
# package manager, and nothing that is written to.
FROM rust:1.95-slim-bookworm AS build
WORKDIR /build

# What changes rarely comes first: a change of our own code builds no dependency anew.
COPY Cargo.toml Cargo.lock ./
RUN mkdir src && echo 'fn main() {}' > src/main.rs && touch src/lib.rs \
    && cargo build --release --locked --bin integratedb

COPY migrations migrations
COPY priv priv
COPY sql sql
COPY src src
# Copied files are as old as they were, which may be older than what was just built.
RUN touch src/main.rs src/lib.rs && cargo build --release --locked --bin integratedb

# The same Debian as above, since the program is linked to its C library. It has the
# certificates of authorities, and a user that is not root.
FROM gcr.io/distroless/cc-debian12:nonroot
ARG REVISION=unknown
LABEL org.opencontainers.image.title="IntegrateDB" \
      org.opencontainers.image.description="Applications integrate directly through one Postgres database, and it is safe." \
      org.opencontainers.image.version="0.1.0" \
      org.opencontainers.image.revision="${REVISION}" \
      org.opencontainers.image.licenses="MIT OR Apache-2.0" \
      org.opencontainers.image.base.name="gcr.io/distroless/cc-debian12:nonroot"
COPY --from=build /build/target/release/integratedb /usr/local/bin/integratedb
COPY LICENSE-APACHE LICENSE-MIT /usr/share/doc/integratedb/
# A number, so that Kubernetes can see that it is not root.
USER 65532:65532
ENV HOST=0.0.0.0 PORT=4000 LOG_FORMAT=json
EXPOSE 4000
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=3 \
    CMD ["/usr/local/bin/integratedb", "health"]
ENTRYPOINT ["/usr/local/bin/integratedb"]
CMD ["serve"]
