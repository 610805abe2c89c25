# docker build --tag crawler . && docker run --rm --read-only --volume "$PWD:/site" crawler https://docs.example.org/
FROM python:3.13-slim AS build
WORKDIR /build
COPY requirements.txt pyproject.toml README.md LICENSE ./
RUN python -m venv /opt/crawler \
    && /opt/crawler/bin/pip install --no-cache-dir --require-hashes --requirement requirements.txt
COPY crawler crawler
RUN /opt/crawler/bin/pip install --no-cache-dir --no-deps --no-build-isolation .

FROM python:3.13-slim
COPY --from=build /opt/crawler /opt/crawler
# The numbers of most people's first account, so that the database on the volume can be written.
USER 1000:1000
# Settings, seeds and data/crawl.db are here; nothing else is ever written.
WORKDIR /site
VOLUME /site
ENV PYTHONDONTWRITEBYTECODE=1
ENTRYPOINT ["/opt/crawler/bin/python", "-m", "crawler"]
