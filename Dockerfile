# Both roles of the seed in one image: NGINX and the application server.
#
#   docker build -t hello .
#   docker run -d -p 80:5000 -v "$PWD/examples/hello:/var/www/app" hello
#
# Where the builder writes OCI images by default (podman), HEALTHCHECK wants `--format docker`.
FROM node:26-bookworm-slim

# tini is the first process: it passes signals on and reaps the daemons that the others leave behind.
RUN apt-get update \
 && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends nginx tini \
 && rm -rf /var/lib/apt/lists/* /var/cache/apt/* /var/log/apt /var/log/dpkg.log

# For apps in Python, whose users say --build-arg WITH_PYTHON=1: it is 60 MB that nobody else has to carry.
ARG WITH_PYTHON=
RUN if [ -n "$WITH_PYTHON" ]; then \
      apt-get update \
      && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends python3 python3-venv \
      && rm -rf /var/lib/apt/lists/* /var/cache/apt/* /var/log/apt /var/log/dpkg.log; \
    fi

# NGINX logs to the container's own output, by way of the links that the entrypoint makes.
RUN rm /etc/nginx/sites-enabled/default \
 && ln -sf /run/stdout /var/log/nginx/access.log \
 && ln -sf /run/stderr /var/log/nginx/error.log

# TypeScript as it stands, and no packages: Portico has none at run time.
COPY package.json LICENSE /opt/portico/
COPY bin /opt/portico/bin
COPY src /opt/portico/src
COPY python/portico_worker /opt/portico/python/portico_worker
COPY docker /opt/portico/docker
RUN ln -s /opt/portico/bin/portico /usr/local/bin/portico

# Defaults: an ini file's own uid and disable-logging count more. The access lines are NGINX's, for it sees
# every request, those too that no worker gets; the workers' would say each a second time.
ENV PORTICO_UID=www-data PORTICO_DISABLE_LOGGING=true

WORKDIR /var/www/app
EXPOSE 5000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s --retries=3 \
  CMD ["node", "/opt/portico/docker/healthcheck.ts"]
ENTRYPOINT ["tini", "--", "/opt/portico/docker/entrypoint"]
