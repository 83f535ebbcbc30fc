/** A microservice of NestJS makes its server in `createClient` of its strategy. A strategy of a few lines makes ours there. */

import "reflect-metadata";
import { fileURLToPath } from "node:url";
import { status } from "@grpc/grpc-js";
import { Controller, Module } from "@nestjs/common";
import { NestFactory } from "@nestjs/core";
import { GrpcMethod, GrpcStreamMethod, RpcException, ServerGrpc } from "@nestjs/microservices";
import { from, map, type Observable } from "rxjs";
import { expect, test } from "vitest";
import { Server, ServerCredentials } from "../src/grpc-js.ts";
import { errorOf, messagesOf, nextOf, TestClient, textsOf } from "./client.ts";
import { Echo } from "./echo.ts";
import type { Text } from "./grpc-js-service.ts";

const PROTO = fileURLToPath(new URL("fixture/echo.proto", import.meta.url));

let boundPort = 0;

class OwnServerGrpc extends ServerGrpc {
  override createClient(): Promise<Server> {
    const server = new Server();
    return new Promise((resolve, reject) => {
      server.bindAsync(this.url, ServerCredentials.createInsecure(), (error, port) => {
        boundPort = port;
        if (error === null) resolve(server);
        else reject(error);
      });
    });
  }
}

class EchoController {
  unary({ value }: Text): Text {
    if (value === "") throw new RpcException({ code: status.INVALID_ARGUMENT, message: "expected a text" });
    return { value: `echo ${value}` };
  }

  serverStream({ value }: Text): Observable<Text> {
    return from(value).pipe(map((each) => ({ value: each })));
  }

  bidi(requests: Observable<Text>): Observable<Text> {
    return requests.pipe(map(({ value }) => ({ value: value.toUpperCase() })));
  }
}

class EchoModule {}

// Decorators without their syntax, which Node cannot strip.
const { prototype } = EchoController;
const decorate = (decorator: MethodDecorator, name: keyof EchoController): unknown =>
  decorator(prototype, name, Object.getOwnPropertyDescriptor(prototype, name) as PropertyDescriptor);
decorate(GrpcMethod("Echo", "Unary"), "unary");
decorate(GrpcMethod("Echo", "ServerStream"), "serverStream");
decorate(GrpcStreamMethod("Echo", "Bidi"), "bidi");
Controller()(EchoController);
Module({ controllers: [EchoController] })(EchoModule);

test("controllers of a microservice answer on our server", async () => {
  const strategy = new OwnServerGrpc({
    package: "test",
    protoPath: PROTO,
    url: "127.0.0.1:0",
    loader: { defaults: true },
  });
  const app = await NestFactory.createMicroservice(EchoModule, { strategy, logger: false });
  await app.listen();
  using client = new TestClient(boundPort);

  expect((await client.unary(Echo.method.unary, { value: "a" })).response.value).toBe("echo a");
  expect(await errorOf(client.unary(Echo.method.unary, {}))).toMatchObject({
    code: status.INVALID_ARGUMENT,
    details: "expected a text",
  });
  expect(await textsOf(client.serverStream(Echo.method.serverStream, { value: "abc" }))).toEqual(["a", "b", "c"]);
  const call = client.bidi(Echo.method.bidi);
  const messages = messagesOf(call);
  call.write({ value: "a" });
  expect((await nextOf(messages)).value).toBe("A");
  call.on("error", () => {});
  call.cancel();
  await app.close();
});
