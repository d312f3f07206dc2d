FROM node:24-slim AS build
WORKDIR /app
COPY . .
# The build needs the packages of development, the image does not. Scripts must run: they link the database's libraries.
RUN npm install && npm prune --omit=dev

FROM node:24-slim
ENV NODE_ENV=production TOCSIN_DATA=/data
# A volume takes over the owner of the folder it is mounted on.
RUN mkdir /config /data && chown node:node /data
COPY --from=build /app/package.json /app/package.json
COPY --from=build /app/node_modules /app/node_modules
COPY --from=build /app/dist /app/dist
COPY --from=build /app/rules /app/rules
COPY --from=build /app/docs /app/docs
USER node
WORKDIR /config
VOLUME /data
EXPOSE 9465
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s \
  CMD ["node", "-e", "fetch('http://127.0.0.1:9465/healthz').then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["node", "/app/dist/main.js"]
CMD ["run"]
