# The image of one service. It only copies the deploy folder, which tests have booted: nothing is built in here.
#
#   npm run pack -- workflow-agent
#   docker build --build-arg SERVICE=workflow-agent --tag workflow-agent .
#
# The tag is the Node of package.json, the digest its index of images for all platforms: a tag can move, and then one
# commit would be two images. For another Node:
#   docker buildx imagetools inspect node:24.21.0-slim --format '{{.Manifest.Digest}}'
FROM node:24.21.0-slim@sha256:0e0ff40c39bc087845bfb27465a0df4ea419520094bc35842ff83dd8cbe6f9b6

ARG SERVICE
WORKDIR /app
# Fails where no service was named: all three folders would be copied otherwise.
COPY dist/deploy/${SERVICE}/package.json ./
COPY dist/deploy/${SERVICE}/ ./

# For `docker exec CONTAINER grpc_health_probe` and the health check of the task definition.
ENV PATH=/app/bin:$PATH

# `node` in the base image, by number: ECS can tell without the image that it is not root.
USER 1000
# Exec form: SIGTERM reaches the service and not a shell that keeps it for itself.
ENTRYPOINT ["node", "dist/main.js"]
