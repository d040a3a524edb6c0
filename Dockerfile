# Builds the program, then leaves everything but it behind.
FROM rust:1.95-slim-bookworm AS build
RUN apt-get update && apt-get install -y --no-install-recommends gcc libc6-dev && rm -rf /var/lib/apt/lists/*
WORKDIR /build
COPY Cargo.toml Cargo.lock ./
COPY src src
COPY sql sql
COPY migrations migrations
COPY priv priv
# The benchmark is named in Cargo.toml, and is not built here.
COPY benches benches
RUN cargo build --release --locked --bin integratedb

FROM debian:bookworm-slim
RUN apt-get update && apt-get install -y --no-install-recommends ca-certificates \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --system --uid 10001 --no-create-home integratedb
COPY --from=build /build/target/release/integratedb /usr/local/bin/integratedb
USER 10001
ENV HOST=0.0.0.0 PORT=4000 LOG_FORMAT=json
EXPOSE 4000
ENTRYPOINT ["integratedb"]
CMD ["serve"]
