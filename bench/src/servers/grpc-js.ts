import {
  type GetWorkflowRequestSchema,
  GetWorkflowResponseSchema,
  WatchRunResponseSchema,
} from "@agent-team/contracts";
import { create, fromBinary, type MessageShape, toBinary } from "@bufbuild/protobuf";
import {
  Server,
  ServerCredentials,
  type ServerUnaryCall,
  type ServerWritableStream,
  type sendUnaryData,
} from "@grpc/grpc-js";
import { EVENTS, PATH, SERVICE, STREAM_PATH, workflowOf } from "../workload.ts";

type Request = MessageShape<typeof GetWorkflowRequestSchema>;
type Response = MessageShape<typeof GetWorkflowResponseSchema>;

const { getWorkflow, watchRun } = SERVICE.method;

const DEFINITION = {
  getWorkflow: {
    path: PATH,
    requestStream: false,
    responseStream: false,
    requestSerialize: () => Buffer.alloc(0),
    requestDeserialize: (bytes: Buffer) => fromBinary(getWorkflow.input, bytes),
    responseSerialize: (message: Response) => Buffer.from(toBinary(GetWorkflowResponseSchema, message)),
    responseDeserialize: (bytes: Buffer) => bytes,
  },
  watchRun: {
    path: STREAM_PATH,
    requestStream: false,
    responseStream: true,
    requestSerialize: () => Buffer.alloc(0),
    requestDeserialize: (bytes: Buffer) => fromBinary(watchRun.input, bytes),
    responseSerialize: (message: MessageShape<typeof WatchRunResponseSchema>) =>
      Buffer.from(toBinary(WatchRunResponseSchema, message)),
    responseDeserialize: (bytes: Buffer) => bytes,
  },
} as const;

/** grpc-js with protobuf-es and the same handlers, by its callbacks. */
export async function start(): Promise<number> {
  const server = new Server();
  const answer = async (request: Request): Promise<Response> =>
    create(GetWorkflowResponseSchema, { workflow: workflowOf(request) });
  const respond = async (request: Request, callback: sendUnaryData<Response>): Promise<void> => {
    const response = await answer(request);
    callback(null, response);
  };
  server.addService(DEFINITION, {
    getWorkflow({ request }: ServerUnaryCall<Request, Response>, callback: sendUnaryData<Response>) {
      void respond(request, callback);
    },
    watchRun(call: ServerWritableStream<unknown, unknown>) {
      for (const event of EVENTS) call.write(create(WatchRunResponseSchema, event));
      call.end();
    },
  });
  return await new Promise((resolve, reject) => {
    server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, port) =>
      error === null ? resolve(port) : reject(error),
    );
  });
}
