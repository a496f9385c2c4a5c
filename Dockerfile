# syntax=docker/dockerfile:1
# The service: docker build -t fittingroom . && docker run --rm -p 5000:5000 fittingroom
# Nothing is compiled and nothing is fetched when it runs; amd64 and arm64 alike.

ARG PYTHON=python:3.13-slim-bookworm

FROM ${PYTHON} AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
WORKDIR /build
COPY requirements.lock ./
# Without pip in it, and without compiled copies of every module, the environment is a good deal smaller.
RUN python -m venv --without-pip /opt/fittingroom \
 && python -m pip --python /opt/fittingroom/bin/python install \
      --no-compile --only-binary :all: --require-hashes --requirement requirements.lock
COPY pyproject.toml README.md LICENSE ./
COPY src ./src
RUN python -m pip --python /opt/fittingroom/bin/python install --no-compile --no-deps .

FROM ${PYTHON}
LABEL org.opencontainers.image.title="fittingroom" \
      org.opencontainers.image.description="Person parsing for virtual try-on: a page and an HTTP API" \
      org.opencontainers.image.licenses="Apache-2.0"
RUN useradd --no-create-home --no-log-init --shell /usr/sbin/nologin --uid 10001 fittingroom
COPY --from=build /opt/fittingroom /opt/fittingroom
# Nothing is written at run time: the image runs with a read-only root and without a temporary folder.
ENV PATH=/opt/fittingroom/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    FITTINGROOM_HOST=0.0.0.0 \
    FITTINGROOM_PORT=5000
USER 10001
EXPOSE 5000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=5s --start-period=30s --start-interval=1s \
  CMD ["python", "-c", "import os, urllib.request as u; u.urlopen(f'http://127.0.0.1:{os.environ[\"FITTINGROOM_PORT\"]}/readyz', timeout=4)"]
ENTRYPOINT ["fittingroom", "serve"]
