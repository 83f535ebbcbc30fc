import * as grpc from "@grpc/grpc-js";
import * as v8 from "grpc-js-1.8";
import * as v10 from "grpc-js-1.10";
import * as v12 from "grpc-js-1.12";
import * as v13 from "grpc-js-1.13";
import * as nice from "nice-grpc";
import { expectTypeOf, test } from "vitest";
import type { Channel } from "../client-channel.ts";
import type { createGrpcJsChannel, GrpcJsChannel } from "./grpc-js.ts";

type Override<Client extends abstract new (...args: never[]) => unknown> = NonNullable<
  NonNullable<ConstructorParameters<Client>[2]>
>["channelOverride" & keyof NonNullable<ConstructorParameters<Client>[2]>];

test("the channel is one of each version of grpc-js, without a cast", () => {
  expectTypeOf<GrpcJsChannel>().toExtend<NonNullable<Override<typeof grpc.Client>>>();
  expectTypeOf<GrpcJsChannel>().toExtend<NonNullable<Override<typeof v8.Client>>>();
  expectTypeOf<GrpcJsChannel>().toExtend<NonNullable<Override<typeof v10.Client>>>();
  expectTypeOf<GrpcJsChannel>().toExtend<NonNullable<Override<typeof v12.Client>>>();
  expectTypeOf<GrpcJsChannel>().toExtend<NonNullable<Override<typeof v13.Client>>>();
});

test("it takes the type of its place, which is a class in nice-grpc", () => {
  const create = null as unknown as typeof createGrpcJsChannel;
  const open = (channel: Channel, definition: nice.ServiceDefinition) => {
    nice.createClient(definition, create(channel));
    const named = create<nice.Channel>(channel);
    nice.createClientFactory().create(definition, named);
    new grpc.Client("", grpc.credentials.createInsecure(), { channelOverride: create(channel) });
    // @ts-expect-error -- a number is no channel
    create<number>(channel);
  };
  expectTypeOf(open).toBeFunction();
});

test("something else is not", () => {
  expectTypeOf<{ close(): void }>().not.toExtend<NonNullable<Override<typeof grpc.Client>>>();
  expectTypeOf<{ close(): void }>().not.toExtend<NonNullable<Override<typeof v8.Client>>>();
});
